"""Schedules, from the message box to what a channel and its owner are told."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, time, timedelta

import pytest

import app as wiring
from bot.alerts import watches
from bot.alerts.subscriptions import ALL
from bot.messages import ChannelRef
from bot.recurrence.rule import MONDAY_TO_FRIDAY, Calendar, Days, OnHoliday, Repeat, Rule, WhenUnchanged
from bot.schedules import schedules
from bot.schedules.inactivity import InactivityCheck
from bot.schedules.runs import RunState
from bot.schedules.schedules import MAX_PER_CHANNEL, Schedule
from bot.subscriptions.permissions import Permissions
from bot.subscriptions.schedule_messages import announced
from handlers.listeners import form_submissions
from handlers.slack import gate
from tests.scenarios.private_replies import chooses, decides, opens, presses, says, submits, until_seen, values
from tests.scenarios.scene import ADA, ADAS_DM, GENERAL, GRACE, POLICY, RANDOM, Scene, labels, playing
from tests.scenarios.test_due import until_run
from tests.support.patient_bot import be_impatient
from workspace.server import Workspace
from workspace.state.forms import MessagePlace, ViewPlace
from workspace.state.records import TEAM_ID
from workspace.wire.faults import Fault

NOON = datetime(2026, 12, 3, 12, tzinfo=UTC)
MAYA = "U0MAYA"
WEEKDAYS_AT_NINE = Rule(
    Days(Repeat.WEEKLY, MONDAY_TO_FRIDAY), time(9), "Europe/London", Calendar.ENGLAND_AND_WALES, OnHoliday.SKIP
)


async def standing(scene: Scene, channel: str = GENERAL) -> tuple[Schedule, ...]:
    """Return the schedules of a channel."""
    async with scene.database.reading() as connection:
        return await schedules.for_channel(connection, ChannelRef(TEAM_ID, channel))


async def test_one_command_makes_one_schedule_and_proves_that_the_bot_may_post(scene: Scene) -> None:
    told = await says(scene, "/briefing subscribe infrastructure weekdays 09:00")
    assert told["is_ephemeral"]
    assert told["text"].startswith("This channel now gets Infrastructure.\n\nEvery weekday at 09:00 (Europe/London)")
    assert told["text"].count("\n• ") == 5
    assert labels(told) == ["Post now", "Edit", "Pause", "Remove"]
    line = await until_seen(scene, "subscribed this channel")
    assert line["text"].startswith(
        "Ada subscribed this channel to Infrastructure every weekday at 09:00 (Europe/London)"
    )
    assert labels(line) == ["Change"]
    (schedule,) = await standing(scene)
    assert (schedule.areas, schedule.rule) == (("infrastructure",), WEEKDAYS_AT_NINE)


async def test_several_areas_are_one_schedule_in_the_memorandums_order(scene: Scene) -> None:
    told = await says(scene, "/briefing subscribe 3,1 mon,thu 9am UK", channel=POLICY)
    assert told["text"].startswith("This channel now gets The transformative potential of AI and Infrastructure.")
    (schedule,) = await standing(scene, POLICY)
    assert schedule.areas == ("transformative-potential", "infrastructure")
    assert schedule.rule.days == Days(Repeat.WEEKLY, (0, 3))
    everything = await says(scene, "/briefing subscribe all weekdays 9:00", channel=POLICY)
    assert everything["text"].startswith("This channel now gets All areas.")


async def test_a_repeat_changes_nothing(scene: Scene) -> None:
    await says(scene, "/briefing subscribe infrastructure weekdays 09:00")
    again = await says(scene, "/briefing subscribe infrastructure daily 9am")
    assert again["text"].startswith("This channel now gets")
    again = await says(scene, "/briefing subscribe weekdays 9am UK infra")
    assert again["text"].startswith("Nothing changed: this channel already gets Infrastructure.")
    assert len(await standing(scene)) == 2


async def test_the_last_weekday_of_a_month_is_understood(scene: Scene) -> None:
    told = await says(scene, "/briefing subscribe adoption weekdays 9 not on bank holidays in Scotland")
    assert "Every weekday at 09:00 (Europe/London), not on bank holidays in Scotland." in told["text"]
    told = await says(scene, "/briefing subscribe infrastructure last weekday 17")
    assert "On the last working day of each month at 17:00" in told["text"]
    assert "Mon 30 Nov 17:00" in told["text"]


async def test_a_digest(scene: Scene) -> None:
    told = await says(scene, "/briefing subscribe weekly digest monday 09:00")
    assert told["text"].startswith("This channel now gets Digest of all areas.\n\nEvery Monday at 09:00")
    (schedule,) = await standing(scene)
    assert (schedule.is_digest, schedule.areas) == (True, (ALL,))
    ended = await says(scene, "/briefing unsubscribe digest")
    assert ended["text"] == "Schedule ended: Digest of all areas."
    assert await standing(scene) == ()


async def test_the_form_comes_filled_in_and_its_faults_stand_on_their_fields(scene: Scene) -> None:
    form = await opens(scene, "/briefing subscribe infrastructure weekdays", user=MAYA)
    said = values(form)
    assert (said["areas"], said["days"], said["at"], said["tz"]) == (
        ["infrastructure"],
        "weekdays",
        "09:00",
        "America/New_York",
    )
    assert form.view["blocks"][0]["text"]["text"] == "I did not understand all of it: see below “Time”."
    at = next(block for block in form.view["blocks"] if block.get("block_id") == "at")
    assert at["hint"]["text"].startswith("At what time?")
    assert "weekdays" not in said
    form = await decides(scene, form, "days", "fortnightly", user=MAYA)
    assert at["hint"]["text"].startswith("At what time?"), "what was said of another field stays"
    still = await submits(scene, form, user=MAYA, weekdays=["1"], begins="2020-01-06")
    assert still is not None
    assert still.errors == {"begins": "That day has passed."}
    zones = await scene.workspace.suggest(MAYA, ViewPlace(form.view["id"]), "tz", "schedule_tz", "")
    assert [each["value"] for each in zones] == ["America/New_York", "Europe/London", "UTC"]
    zones = await scene.workspace.suggest(MAYA, ViewPlace(form.view["id"]), "tz", "schedule_tz", "kolk")
    assert zones[0]["value"] == "Asia/Kolkata"
    done = await submits(
        scene,
        form,
        user=MAYA,
        areas=["adoption", "infrastructure"],
        days="monthly_on_weekday",
        ordinal="-1",
        weekday="4",
        at="16:30",
        tz="Asia/Kolkata",
        more=["yes"],
        calendar="scotland",
        on_holiday="next_working_day",
        when_unchanged="short",
        alerts=["yes"],
    )
    assert done is None
    told = await until_seen(scene, "This channel now gets", user=MAYA)
    assert "On the last Friday of each month at 16:30 (Asia/Kolkata)" in told["text"]
    assert "Added: Public and private sector adoption and Infra" in told["text"]
    (schedule,) = await standing(scene)
    assert schedule.rule.when_unchanged is WhenUnchanged.SHORT
    assert schedule.created_by == MAYA
    listed = await says(scene, "/briefing subscriptions", user=MAYA)
    assert "Infrastructure alerts: every change" in listed["text"]


async def test_only_an_area_opens_the_form_for_alerts_and_one_word_does_without(scene: Scene) -> None:
    form = await opens(scene, "/briefing subscribe infrastructure")
    said = values(form)
    assert said == {"areas": ["infrastructure"], "days": "none", "only": "every"}
    assert await submits(scene, form) is None
    told = await until_seen(scene, "This channel now gets Infrastructure alerts", user=ADA)
    assert "Also post on a schedule" in labels(told)
    assert await standing(scene) == ()
    await says(scene, "/briefing subscribe adoption alerts")
    assert len(scene.workspace.modals(ADA)) == 0
    await scene.workspace.press(ADA, GENERAL, told["ts"], "set_up")
    await scene.until(lambda: scene.workspace.modals(ADA))
    said = values(scene.workspace.modals(ADA)[-1])
    assert (said["areas"], said["days"], said["at"], said["alerts"]) == (["infrastructure"], "weekdays", "09:00", [])


async def test_nothing_to_post_is_told_on_the_form(scene: Scene) -> None:
    form = await opens(scene, "/briefing subscribe")
    still = await submits(scene, form)
    assert still is not None
    assert list(still.errors) == ["areas"]
    still = await submits(scene, form, areas=["digest", "adoption"], days="daily")
    assert still is not None
    assert still.errors == {"areas": "The digest covers all areas: choose it alone."}


@pytest.mark.parametrize(
    ("words", "field", "problem"),
    [
        ("infrastrukture weekdays 09:00", "areas", "Did you mean Infrastructure?"),
        ("infrastructure weekdays 25:00", "at", "is not a time of day"),
        ("infrastructure weekdays 09:00 Europe/Lodnon", "tz", "Did you mean Europe/London?"),
        ("infrastructure 3 March 2020 09:00", "days", "is in the past"),
        ("infrastructure last mondy 17:00", "days", "I don’t recognise “mondy”. Did you mean Monday?"),
        ("infrastructure last 17:00", "days", "“last” needs a day"),
        ("infrastructure monday morning", "at", "“morning” is not a time of day."),
        ("infrastructure weekdays 9 bank holidays of France", "calendar", "I don’t know the bank holidays of “France”"),
        ("infrastructure weekdays 09:00 Atlantis", "areas", "I don’t recognise “Atlantis”: it is neither an area nor"),
        ("<!channel> {{ 7 }} weekdays 09:00", "areas", "I don’t recognise “<!channel>”"),
    ],
)
async def test_what_is_not_understood_is_said_on_its_field(scene: Scene, words: str, field: str, problem: str) -> None:
    form = await opens(scene, f"/briefing subscribe {words}")
    block = next(each for each in form.view["blocks"] if each.get("block_id") == field)
    assert problem in block["hint"]["text"]
    assert await standing(scene) == ()


async def test_where_no_form_can_be_opened_words_say_what_to_type(scene: Scene) -> None:
    scene.workspace.fault_switches.switch([Fault("error", "views.open")])
    told = await says(scene, "/briefing subscribe infrastructure weekdays")
    assert told["text"].startswith("At what time?")
    assert "/briefing subscribe infrastructure weekdays 09:00" in told["text"]


@pytest.fixture
def _looks_up_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    be_impatient(monkeypatch, Permissions, "look_up_s")


@pytest.mark.usefixtures("_looks_up_briefly")
async def test_a_slow_look_at_the_askers_zone_does_not_cost_the_form(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "ASKED_S", 0.1)
    scene.workspace.fault_switches.switch([Fault("slow", "users.info", seconds=30)])
    form = await opens(scene, "/briefing subscribe infrastructure", user=MAYA)
    assert values(await decides(scene, form, "days", "daily", user=MAYA))["tz"] == "Europe/London"
    scene.workspace.fault_switches.switch([])


async def test_where_the_bot_is_no_member_the_form_says_how_to_invite_it(scene: Scene) -> None:
    form = await opens(scene, "/briefing subscribe infrastructure", channel=RANDOM)
    still = await submits(scene, form, days="daily")
    assert still is not None
    assert still.errors == {"areas": "I am not a member of this channel. Invite me with /invite, then subscribe again."}
    assert await standing(scene, RANDOM) == ()
    await scene.types("/invite @Briefing bot", channel=RANDOM)
    assert await submits(scene, form, days="daily") is None
    assert len(await standing(scene, RANDOM)) == 1


async def test_a_channel_without_the_bot_keeps_nothing_of_a_command(scene: Scene) -> None:
    told = await says(scene, "/briefing subscribe infrastructure alerts daily 9am", channel=RANDOM)
    assert told["text"].startswith("I am not a member of this channel.")
    assert await standing(scene, RANDOM) == ()
    assert (await says(scene, "/briefing subscriptions", channel=RANDOM))["text"].startswith(
        "This channel gets no alerts"
    )


async def test_pause_resume_edit_remove_and_undo(scene: Scene) -> None:
    told = await says(scene, "/briefing subscribe infrastructure weekdays 09:00")
    paused = await presses(scene, told, "Pause")
    assert paused["text"].startswith("Paused: Infrastructure.")
    listed = await says(scene, "/briefing subscriptions")
    assert re.search(r"\nPaused by <@U0ADA> on \d+ \w+ \d{4}\.$", listed["text"])
    assert {"type": "user", "user_id": ADA} in listed["blocks"][2]["elements"][0]["elements"]
    assert listed["is_ephemeral"], "so the mention pings nobody"
    assert not [text for text in scene.sees(GRACE) if "aused" in text], "nobody else is told"
    resumed = await chooses(scene, listed, "Infrastructure: every weekday", "Resume")
    assert resumed["text"].startswith("Resumed: Infrastructure. Next post:")
    listed = await says(scene, "/briefing subscriptions")
    block = next(each for each in listed["blocks"] if "every weekday" in each.get("text", {}).get("text", ""))
    menu = block["accessory"]
    edit = next(each for each in menu["options"] if each["text"]["text"] == "Edit")
    where = MessagePlace(GENERAL, listed["ts"])
    await scene.workspace.act(ADA, where, block["block_id"], menu["action_id"], {"selected_option": edit})
    await scene.until(lambda: scene.workspace.modals(ADA))
    form = scene.workspace.modals(ADA)[-1]
    assert values(form)["days"] == "weekdays"
    assert "alerts" not in values(form)
    assert await submits(scene, form, days="weekly", weekdays=["1"], at="07:45") is None
    changed = await until_seen(scene, "Changed: this channel now gets Infrastructure.", user=ADA)
    assert "Every Tuesday at 07:45" in changed["text"]
    (schedule,) = await standing(scene)
    assert schedule.next_at is not None
    removed = await presses(scene, changed, "Remove")
    assert removed["text"].startswith("Removed: Infrastructure.")
    assert await standing(scene) == ()
    back = await presses(scene, removed, "Undo")
    assert back["text"].startswith("Undone. This channel gets:")
    (again,) = await standing(scene)
    assert (again.id, again.rule, again.next_at) == (schedule.id, schedule.rule, schedule.next_at)
    await until_seen(scene, "Ada ended the schedule for Infrastructure.")
    await until_seen(scene, "Ada resumed the schedule for Infrastructure.")


async def test_post_now_posts_once_and_leaves_the_schedules_times(scene: Scene) -> None:
    told = await says(scene, "/briefing subscribe infrastructure weekdays 09:00")
    (before,) = await standing(scene)
    await asyncio.gather(*(scene.workspace.press(ADA, GENERAL, told["ts"], "post_now") for _ in range(3)))
    again = "It was posted a moment ago, or is on its way."
    await scene.until(lambda: [text for text in scene.sees() if again in text][1:])
    await until_seen(scene, "Position at")
    await until_seen(scene, "It is being posted.", user=ADA)
    assert sum("Position at" in text for text in scene.sees(GRACE)) == 1
    (after,) = await standing(scene)
    assert after.next_at == before.next_at
    while not (await standing(scene))[0].last_posted_revision:  # until the outbox has noted Slack's answer
        await scene.workspace.clock.sleep(0.05)
    listed = await says(scene, "/briefing subscriptions")
    assert "Last: posted " in listed["text"]
    assert "by Post now." in listed["text"]


async def test_unsubscribing_an_area_ends_what_posts_it_alone_and_asks_about_the_rest(scene: Scene) -> None:
    await says(scene, "/briefing subscribe infrastructure alerts")
    await says(scene, "/briefing subscribe infrastructure daily 9am")
    await says(scene, "/briefing subscribe infrastructure adoption daily 10am")
    ended = await says(scene, "/briefing unsubscribe infrastructure")
    assert ended["text"].startswith(
        "This channel no longer gets Infrastructure alerts. Schedule ended: Infrastructure. "
        "It is still posted by these schedules"
    )
    assert len(await standing(scene)) == 1
    await presses(scene, ended, "Undo")
    assert len(await standing(scene)) == 2
    gone = await says(scene, "/briefing unsubscribe all")
    assert "Schedules ended: Infrastructure; Public and private sector adoption and Infrastructure." in gone["text"]
    assert await standing(scene) == ()


async def test_unsubscribing_all_asks_before_it_ends_what_no_undo_can_bring_back(scene: Scene) -> None:
    await says(scene, "/briefing subscribe infrastructure alerts")
    for hour in range(8):
        await says(scene, f"/briefing subscribe infrastructure daily 1{hour}:00")
    asked = await says(scene, "/briefing unsubscribe all")
    assert asked["text"].startswith("This would end 8 schedules and the alerts in this channel.")
    assert len(await standing(scene)) == 8
    ended = await presses(scene, asked, "End them")
    assert "Schedules ended: " in ended["text"]
    assert await standing(scene) == ()


def _schedule(name: str, place: ChannelRef, rule: Rule) -> Schedule:
    return Schedule(
        name,
        place,
        ("adoption",),
        is_digest=False,
        rule=rule,
        created_at=NOON,
        created_by=ADA,
        next_on=None,
        next_at=None,
        last_activity_at=NOON,
    )


async def test_a_201st_schedule_is_refused(scene: Scene) -> None:
    place = ChannelRef(TEAM_ID, GENERAL)
    async with scene.database.transaction() as connection:
        for number in range(MAX_PER_CHANNEL):
            at = time(number // 60, number % 60)
            rule = Rule(Days(Repeat.WEEKLY, (0,)), at, "UTC", on_holiday=OnHoliday.POST)
            await schedules.add(connection, _schedule(f"s{number:03}", place, rule))
    told = await says(scene, "/briefing subscribe infrastructure alerts weekdays 09:00")
    assert told["text"].startswith("This channel already has 200 schedules.")
    assert len(await standing(scene)) == MAX_PER_CHANNEL
    listed = await says(scene, "/briefing subscriptions")
    assert "alerts: every change" not in listed["text"], "nothing changed"
    assert "Show more" in labels(listed)
    more = await presses(scene, listed, "Show more")
    assert "at 00:20 (UTC)" in more["text"]
    assert "at 00:19 (UTC)" not in more["text"]


async def test_only_managers_where_they_are_named() -> None:
    workspace = Workspace(wiring.read_manifest())
    async with workspace.serve(), playing(workspace, managers=GRACE, alert_announce="off") as scene:
        for words in ("infrastructure", "infrastructure daily 9am"):
            refused = await says(scene, f"/briefing subscribe {words}")
            assert refused["text"].startswith("Only this workspace's managers may change")
            assert scene.workspace.modals(ADA) == ()
        told = await says(scene, "/briefing subscribe infrastructure daily 9am", user=GRACE)
        assert told["text"].startswith("This channel now gets Infrastructure.")
        mine = await says(scene, "/briefing subscribe infrastructure daily 9am", channel=ADAS_DM)
        assert mine["text"].startswith("You now get Infrastructure.")


async def test_a_form_is_not_kept_waiting_and_what_fails_later_is_written_to_its_sender(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = await opens(scene, "/briefing subscribe infrastructure", channel=RANDOM)
    monkeypatch.setattr(form_submissions, "ANSWER_S", 0.1)
    scene.workspace.fault_switches.switch([Fault("slow", "chat.postEphemeral", seconds=1.0)])
    assert await submits(scene, form, days="daily") is None
    await until_seen(scene, "I am not a member of this channel.", user=ADA, channel=ADAS_DM)
    assert await standing(scene, RANDOM) == ()


async def test_a_confirmation_that_may_have_been_shown_stands_for_a_change_that_was_made(scene: Scene) -> None:
    form = await opens(scene, "/briefing subscribe infrastructure")
    scene.workspace.fault_switches.switch([Fault("lost", "chat.postEphemeral", times=1)])
    assert await submits(scene, form, days="daily") is None
    await scene.until(lambda: scene.calls("chat.postMessage"))
    assert len(await standing(scene)) == 1
    assert len(scene.calls("chat.postEphemeral")) == 1, "it is not shown twice"


async def test_change_below_a_scheduled_post_leads_to_the_list_for_whoever_presses(scene: Scene) -> None:
    told = await says(scene, "/briefing subscribe weekly digest monday 09:00")
    await presses(scene, told, "Post now")
    await scene.until(lambda: len(scene.sees(GRACE)) == 3)
    post = scene.last(GRACE)
    assert post["text"].startswith("All areas: nothing new since Wed 25 November.")
    why = await presses(scene, post, "Why am I seeing this?", user=GRACE)
    listed = await presses(scene, why, "Change", user=GRACE)
    assert "Digest of all areas: every Monday at 09:00" in listed["text"]


async def test_the_list_tells_what_was_posted_and_what_was_skipped_and_why(scene: Scene) -> None:
    clock, monday = scene.workspace.clock, datetime(2026, 11, 30, 9, tzinfo=UTC)
    clock.jump_to(monday - timedelta(days=3))
    told = await says(scene, "/briefing subscribe infrastructure weekdays 09:00")
    assert "• Mon 30 Nov 09:00\n• Tue 1 Dec 09:00\n" in told["text"]
    (schedule,) = await standing(scene)
    clock.jump_to(monday)
    await until_run(scene, schedule, RunState.POSTED)
    clock.jump_to(monday + timedelta(days=1))
    await until_run(scene, schedule, RunState.SKIPPED)
    listed = await says(scene, "/briefing subscriptions")
    assert "Next: Wed 2 Dec 09:00, if anything changed." in listed["text"]
    assert "Last: skipped Tue 1 Dec, nothing new; posted Mon 30 Nov 09:00." in listed["text"]


async def test_a_channel_where_nobody_clicks_is_asked_and_can_say_stop(scene: Scene) -> None:
    await says(scene, "/briefing subscribe infrastructure tue,thu 09:00")
    scene.workspace.clock.jump_by(8 * 7 * 24 * 3600)
    assert await InactivityCheck(scene.database, scene.workspace.clock, 8, announced).check() == 1
    asking = await until_seen(scene, "Keep these schedules, make them weekly, or stop?")
    assert labels(asking) == ["Keep", "Weekly", "Stop"]
    weekly = await presses(scene, asking, "Weekly", user=GRACE)
    assert "Infrastructure: every Tuesday at 09:00" in weekly["text"]
    stopped = await presses(scene, asking, "Stop", user=GRACE)
    assert stopped["text"].startswith("Stopped: no schedule is left here.")
    assert await standing(scene) == ()
    await presses(scene, stopped, "Undo", user=GRACE)
    assert len(await standing(scene)) == 1


async def test_somebody_who_watches_many_facts_is_still_told_what_is_posted(scene: Scene) -> None:
    async with scene.database.transaction() as connection:
        for fact in list(scene.content.facts.values())[:60]:
            await watches.watch(connection, TEAM_ID, ADA, fact, scene.workspace.clock.now())
    told = await says(scene, "/briefing subscriptions")
    assert told["text"].startswith("This channel gets no alerts and no scheduled posts.")
    assert len(told["blocks"]) < 50
    assert "Show more" in labels(told)


async def test_a_channel_is_paused_until_a_day_and_told_once_when_it_is_over(scene: Scene) -> None:
    await says(scene, "/briefing subscribe infrastructure alerts")
    refused = await says(scene, "/briefing pause until <!here>")
    assert "is not a date" in refused["text"]
    assert refused["pings"] == []
    told = await says(scene, "/briefing pause until 5 January")
    assert told["text"].startswith("Paused until 5 January 2027: nothing is posted here meanwhile.")
    listed = await says(scene, "/briefing subscriptions")
    assert "until 5 January 2027" in listed["text"]
    scene.workspace.clock.jump_to(datetime(2027, 1, 5, 8, 0, 1, tzinfo=UTC))
    await scene.until(lambda: any(text.startswith("The pause since 25 November") for text in scene.sees(GRACE)))
    assert "Alerts paused" not in (await says(scene, "/briefing subscriptions"))["text"]
    assert sum(text.startswith("The pause since") for text in scene.sees(GRACE)) == 1


async def test_days_off_are_told_in_the_confirmation_and_ended(scene: Scene) -> None:
    off = await says(scene, "/briefing days off 24 December to 2 January")
    assert off["text"].startswith("Days off here: 24 December 2026 to 2 January 2027.")
    scene.workspace.clock.jump_to(datetime(2026, 12, 23, 12, tzinfo=UTC))
    told = await says(scene, "/briefing subscribe infrastructure daily 9am")
    assert "Sun 3 Jan 09:00 – not on Thu 24 Dec, a day off here" in told["text"]
    refused = await says(scene, "/briefing days off <!channel>")
    assert (refused["pings"], "is not a date" in refused["text"]) == ([], True)
    assert (await says(scene, "/briefing days off clear"))["text"].startswith("No days off.")


async def test_a_new_subscription_begins_with_the_defaults_of_the_workspace(scene: Scene) -> None:
    told = await says(scene, "/briefing defaults infrastructure bank holidays in Scotland")
    assert "begin with: Infrastructure; bank holidays: Scotland." in told["text"]
    made = await says(scene, "/briefing subscribe weekdays 9am")
    assert made["text"].startswith("This channel now gets Infrastructure.")
    assert "not on bank holidays in Scotland" in made["text"]
    refused = await says(scene, "/briefing defaults <!channel>")
    assert (refused["pings"], "No area is called" in refused["text"]) == ([], True)
