"""Notes save themselves, two people on one note, categories and breaks that supervisors set: in the browser."""

from playwright.async_api import expect

from tests.support.desk import become_ready as ready
from tests.support.desk import expect_phase, sign_in, start_shift, window

SLOW_MS = 20_000


async def test_agt_08_note_saves_itself_and_a_colleagues_words_are_joined_not_lost(system, browser):
    agent = await window(browser)
    await sign_in(agent, system, "jana")
    await start_shift(agent)
    await ready(agent)
    caller = system.call(seconds=100, caller="+420605111222")
    await expect(agent.get_by_test_id("offer")).to_be_visible(timeout=30_000)
    await agent.keyboard.press("Alt+KeyA")
    await expect_phase(agent, "ACTIVE")
    await agent.keyboard.press("Alt+KeyN")
    await agent.keyboard.type("Chce potvrzení o platbách.")
    state = agent.get_by_test_id("note-state")
    await expect(state).to_have_attribute("data-state", "saved", timeout=SLOW_MS)
    caller.hang_up()
    await expect_phase(agent, "WRAP_UP")
    await agent.keyboard.press("Alt+KeyW")
    await expect_phase(agent, "NONE")

    leader = await window(browser)
    await sign_in(leader, system, "dana")
    for page in (agent, leader):
        await page.goto(f"{system.url}/history")
        await page.get_by_test_id("history-row").first.click()
        await expect(page.get_by_test_id("note")).to_have_value("Chce potvrzení o platbách.")
    await leader.get_by_test_id("note").fill("Chce potvrzení o platbách za rok 2025.")
    await leader.keyboard.press("Control+Enter")
    await expect(leader.get_by_test_id("note-state")).to_have_attribute("data-state", "saved", timeout=SLOW_MS)

    await agent.get_by_test_id("note").fill("Odesláno poštou.")
    conflict = agent.get_by_test_id("note-conflict")
    await expect(conflict).to_contain_text("Chce potvrzení o platbách za rok 2025.", timeout=SLOW_MS)
    await agent.get_by_test_id("note-join").click()
    await expect(agent.get_by_test_id("note")).to_have_value("Chce potvrzení o platbách za rok 2025.\nOdesláno poštou.")
    await expect(agent.get_by_test_id("note-state")).to_have_attribute("data-state", "saved", timeout=SLOW_MS)
    await expect(agent.get_by_test_id("notes")).to_contain_text("2 starší znění")


async def test_supervisor_sets_a_break_and_a_category_by_keyboard_and_agents_have_them(system, browser):
    leader = await window(browser)
    await sign_in(leader, system, "dana")
    await leader.goto(f"{system.url}/settings/breaks")
    await leader.get_by_test_id("add-breaks").focus()
    await leader.keyboard.press("Enter")
    added = leader.get_by_test_id("breaks-item").last
    await expect(added.get_by_label("Název")).to_be_focused()
    await leader.keyboard.type("Porada týmu")
    await added.get_by_label("Nejvýš (s)").fill("1800")
    await expect(added).to_contain_text("To je 30 min.")
    await leader.keyboard.press("Control+KeyS")
    await expect(leader.get_by_test_id("form-bar")).not_to_have_attribute("data-state", "dirty", timeout=SLOW_MS)

    await leader.goto(f"{system.url}/settings/categories/all")
    await leader.get_by_test_id("add-categories").focus()
    await leader.keyboard.press("Enter")
    await expect(leader.get_by_test_id("categories-item").last.get_by_label("Název")).to_be_focused()
    await leader.keyboard.type("Pochvala")
    await leader.keyboard.press("Control+KeyS")
    await expect(leader.get_by_test_id("form-bar")).not_to_have_attribute("data-state", "dirty", timeout=SLOW_MS)

    agent = await window(browser)
    await sign_in(agent, system, "petr")
    await agent.get_by_test_id("presence-menu").click()
    await expect(agent.get_by_role("menuitem", name="Porada týmu")).to_contain_text("nejvýš 30 min")
    await agent.get_by_role("menuitem", name="Porada týmu").click()
    await expect(agent.get_by_test_id("presence")).to_have_attribute("data-activity", "BREAK", timeout=SLOW_MS)
    await expect(agent.get_by_test_id("break-limit")).to_have_attribute("data-over", "false")
    await agent.goto(f"{system.url}/history")
    await agent.get_by_text("Další podmínky a řazení").click()
    await agent.get_by_role("button", name="Kategorie").click()
    await expect(agent.get_by_role("option", name="Pochvala")).to_be_visible()
