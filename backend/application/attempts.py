"""What becomes of a wish to be called back when the contact that carried it out has ended."""

from datetime import timedelta
from typing import TYPE_CHECKING

from backend.domain.callback.model import Callback, CallbackState, RetryRule, ended, not_called
from backend.domain.interaction.deadlines import CallbackDue
from backend.domain.interaction.model import Interaction

if TYPE_CHECKING:
    from backend.application.work import Work


async def after_attempt(work: "Work", s: Interaction | None) -> None:
    """In the same transaction as the end of the contact. A wish that somebody closed by hand stays closed."""
    if s is None or s.callback is None or s.outcome is None:
        return
    known = await work.tx.callback(s.callback)
    if known is None or not known.open:
        return
    queue = work.settings.queues.get(known.queue)
    rule = RetryRule(
        attempts=queue.options.callback_attempts if queue else RetryRule().attempts,
        every=timedelta(seconds=queue.options.callback_retry_s) if queue else RetryRule().every,
    )
    if s.outgoing is None:
        await keep(work, not_called(known, work.now, rule))
    else:
        await keep(work, ended(known, s.outcome, s.agent, work.now, rule))


async def keep(work: "Work", callback: Callback) -> None:
    """Save it, and be woken when its time comes."""
    await work.tx.save_callback(callback)
    if callback.state is CallbackState.SCHEDULED and callback.due_at is not None:
        key = f"callback:{callback.id}:{callback.due_at.timestamp()}"
        work.set_timer(key, callback.due_at, CallbackDue(callback.id))
