"""Lines of the PBX from a real notifier of the dialog package (SIPp) to what a desk sees."""

from tests.scenarios.test_lines import Watch, heading, saved
from tests.support.sipp import Sipp
from tests.support.system import System


async def test_agt_27_what_the_exchange_notifies_is_on_the_desk():
    async with System() as kc, kc.client() as admin, kc.client() as jana:
        await admin.sign_in("spravce", kc.logins["spravce"].password)
        await jana.sign_in("jana", kc.logins["jana"].password)
        exchange = Sipp("uas_lines", kc.sip_port, limit=60)
        exchange.listen_at(kc.pbx_port)
        await exchange.start()
        async with Watch(jana) as panel:
            line = (await saved(admin, heading("Přízemí", ("Recepce", "1001"))))["1001"]
            for state in ("FREE", "RINGING", "BUSY", "FREE"):
                await panel.until({line: state})
            await saved(admin)
            await panel.until({})
        outcome = await exchange.finished()
        assert outcome.succeeded, outcome.trace[-3000:]
