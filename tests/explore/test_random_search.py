"""Random search: stories are text, the same seed draws the same ones, and what goes wrong is made small."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tillproof import campaign
from tillproof.campaign import searching
from tillproof.campaign.scope import journey_of
from tillproof.errors import Misuse
from tillproof.explore.shrinking import shrunk
from tillproof.explore.stories import PREFIX, VERBS, Sentence, drawn, told, written
from tillproof.history.events import RunKey, Turned
from tillproof.history.log import LogLine
from tillproof.history.log_runs import Draws
from tillproof.history.logfile import LogWriter, read
from tillproof.history.summary import went_as_planned
from tillproof.history.tokens import read_token, token
from tillproof.options import Options
from tillproof.selftest.rows import ROWS, lied
from tillproof.targets.named import opened


def sentences(verbs: list[str]) -> st.SearchStrategy[Sentence]:
    """Draw sentences that begin with one of these verbs, each of one thing alone."""
    return st.sampled_from(verbs).flatmap(
        lambda verb: st.from_regex(VERBS[verb].pattern, fullmatch=True).map(
            lambda words: Sentence(verb, tuple(words.split()))
        )
    )


AT_ONCE = sentences(sorted(verb for verb, known in VERBS.items() if known.who))


def while_(one: Sentence, other: Sentence) -> Sentence:
    """Return a sentence of two things at once."""
    return replace(one, beside=other)


SENTENCES = sentences(sorted(VERBS)) | st.builds(while_, AT_ONCE, AT_ONCE)


@given(st.lists(SENTENCES, min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_stories_are_text_that_round_trips(story: list[Sentence]) -> None:
    """What a story tells is read back from its text, and from the token of a run that tells it."""
    name = written(story)
    assert told(name) == tuple(story)
    assert drawn(name).name == name
    assert drawn(name).races == (" while " in name)
    plan = "client.complete#1=answer-lost"
    run = RunKey(journey=name, client="no-key", dialect="strict", plan=plan, seed=3, schedule="3>operator")
    assert read_token(token(run)) == run


def test_every_example_is_a_sentence() -> None:
    """The examples that errors show are sentences themselves."""
    for verb, known in VERBS.items():
        (sentence,) = told(PREFIX + known.example)
        assert sentence.verb == verb


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("drawn: fly home", "not a sentence of a story: 'fly home'"),
        ("drawn: fill mars mug=1", "not a sentence"),
        ("drawn: buy; ; buy", "not a sentence of a story: ''"),
        ("drawn: " + "; ".join(["buy"] * 41), "not a story"),
        ("drawn: buy while buy while buy", "not a sentence of a story: 'buy while buy while buy'"),
        ("drawn: buy while", "not a sentence"),
        ("drawn: buy while leave", "not done at once: 'buy while leave'"),
        ("drawn: card good while buy", "not done at once: 'card good while buy'"),
        ("drawn", "no journey called 'drawn'|not a sentence"),
    ],
)
def test_what_tells_no_story(name: str, says: str) -> None:
    """A text that tells no story is refused in words that show one that does."""
    with pytest.raises(Misuse, match=says):
        journey_of(name)


def test_shrinking_drops_what_is_not_needed() -> None:
    """Faults, sentences, items and amounts go as long as the run stays wrong; numbers of crossings follow."""
    long = "drawn: fill far mug=3 rare=1; edit mug=4; reach; choose method; card good; buy; capture; refund 250; refund 100"
    plan = "client.complete#1=answer-lostx3 + processor.refund_payment#2=answer-lost + commit.order-placed#1=crash-after"
    run = RunKey(journey=long, client="no-key", dialect="none", plan=plan, seed=7)

    def still(tried: RunKey) -> bool:
        refunds = tried.journey.count("refund")
        return "buy" in tried.journey and refunds > 0 and f"refund_payment#{refunds}=answer-lost" in tried.plan

    small = shrunk(run, still)
    assert (small.journey, small.plan) == ("drawn: buy; refund 1", "processor.refund_payment#1=answer-lost")


def test_shrinking_takes_one_thing_after_another() -> None:
    """Turns go, at once becomes one by one, and what turns are needed move with the decisions of a shorter story."""
    long = "drawn: fill home mug=1; edit mug=2 while move far; reach; buy while buy own-key; capture while refund 100"
    run = RunKey(
        journey=long, client="no-key", dialect="none", plan="", seed=7, schedule="3>shopper-2 + 9>shopper-2 + 14>shopper"
    )

    def still(tried: RunKey) -> bool:
        before = tried.journey.partition("buy while")[0].count(" while ") * 5
        return "buy while buy own-key" in tried.journey and f"{before + 4}>shopper-2" in tried.schedule

    small = shrunk(run, still)
    assert (small.journey, small.schedule) == ("drawn: buy while buy own-key", "4>shopper-2")


@pytest.mark.parametrize(
    ("story", "actors"),
    [
        ("buy while buy", ("shopper", "shopper-2")),
        ("buy; capture while cancel", ("operator", "operator-2")),
        ("buy while disable method", ("shopper", "operator")),
    ],
)
def test_what_is_done_at_once(story: str, actors: tuple[str, str]) -> None:
    """Two people act, or one in two tabs or with a colleague; a token gives back the schedule, and so the history."""
    journey = f"drawn: fill home mug=1; reach; choose method; card good; {story}"
    run = RunKey(journey=journey, client="keeps-key", dialect="keep-everything", plan="", seed=7)
    with opened("bank", None) as target:
        history, _ = campaign.replay(target, run)
        assert {able for decision in history.decisions for able in decision.able} >= set(actors)
        number = next(n for n, met in enumerate(history.decisions, 1) if actors[1] in met.able[1:])
        turned = read_token(token(replace(run, schedule=f"{number}>{actors[1]}")))
        once, judged = campaign.replay(target, turned)
        again, _ = campaign.replay(target, turned)
    assert [event.by for event in once.events if isinstance(event, Turned) and event.by] == [turned.schedule]
    assert msgspec.json.encode(once) == msgspec.json.encode(again)
    assert not judged.breaches


def searched(name: str, path: Path, **choices: int) -> Path:
    """Conduct a random search and return its log."""
    options = replace(Options(depth="random", journeys=("buy",)), **choices)
    with opened(name, None) as target, LogWriter(path) as writer:
        campaign.conduct(target, options, writer.emit, lambda _made, _total: None)
    return path


def test_the_same_seed_draws_the_same_stories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One seed and number of stories, one log, with one worker or two; another seed draws others."""
    monkeypatch.setattr(searching, "BATCH", 4)
    one = searched("liar:no-key", tmp_path / "one", runs=10, workers=1)
    two = searched("liar:no-key", tmp_path / "two", runs=10, workers=2)
    other = searched("liar:no-key", tmp_path / "other", runs=4, workers=1, seed=8)
    assert one.read_bytes() == two.read_bytes()
    log = read(one)
    assert [line.stories for line in log.draws] == [4, 4, 2]
    assert log.footer.counts.drawn == sum(line.runs for line in log.draws) >= 10
    assert [line.methods for line in read(other).draws] != [log.draws[0].methods]


def test_a_liar_is_found_and_its_story_is_short(tmp_path: Path) -> None:
    """What a random search finds is told by a handful of sentences and one fault, and the run can be made again."""
    log = read(searched("liar:no-key", tmp_path / "log", runs=60, seed=8))
    assert log.findings
    smallest = log.findings[0].run
    assert len(told(smallest.journey)) <= 5
    assert smallest.plan.count(" + ") == 0
    with opened("liar:no-key", None) as target:
        _, judgement = campaign.replay(target, read_token(log.findings[0].token))
    assert {breach.rule for breach in judgement.breaches} & set(log.findings[0].rules)


def test_a_liar_that_only_a_schedule_shows(tmp_path: Path) -> None:
    """Backends that are right as long as one request comes after the other are found by a turn that was drawn."""
    (row,) = (row for row in ROWS if row.name == "backend:no-lock")
    path = tmp_path / "log"
    with lied(row) as target, LogWriter(path) as writer:
        options = Options(depth="random", journeys=("buy",), runs=40, seed=8, workers=1)
        campaign.conduct(target, options, writer.emit, lambda _made, _total: None)
    (found,) = read(path).findings
    assert set(found.rules) <= {"IDEM-03", "IDEM-06"}
    assert (found.run.journey.count(" while "), found.run.schedule.count(">"), found.run.plan) == (1, 1, "")


@pytest.mark.parametrize("name", ["bank", "manual"])
def test_honest_targets_in_drawn_stories(name: str, tmp_path: Path) -> None:
    """No rule accuses an honest target in whatever story was drawn."""
    counts = read(searched(name, tmp_path / "log", runs=60)).footer.counts
    assert (counts.failed, counts.errored, counts.not_applicable) == (0, 0, 0)
    assert counts.stories == 60


ONCE_ACCUSED = [
    ("bank", "keeps-key", "card challenge; buy while choose other", "", "9>shopper-2"),  # so no challenge is told of
    ("paypal", "keeps-key", "card challenge; buy; remove method; answer yes", "", ""),  # what is approved is over
    ("paypal", "keeps-key", "card challenge; buy; move abroad; answer yes; buy", "", ""),
    ("bank", "keeps-key", "card challenge; buy while disable method; answer yes", "", ""),
    ("bank", "keeps-key", "card challenge; buy while move abroad; answer yes; buy", "", "5>shopper-2"),  # it is another sum
    # each event that comes has the refund asked about, until a person has to look at it, while no question can be answered
    ("bank", "walks-away", "buy; refund 1 while capture", "processor.refund_payment#1=exceptionx*", "2>operator-2"),
    ("bank", "walks-away", "buy; refund 1 while capture", "processor.refund_payment#1=crash-beforex*", "2>operator-2"),
]


@pytest.mark.parametrize(("name", "client", "story", "plan", "schedule"), ONCE_ACCUSED)
def test_stories_that_were_once_accused(name: str, client: str, story: str, plan: str, schedule: str) -> None:
    """What a search found and was no breach is none."""
    journey = f"drawn: fill home mug=1; reach; choose method; {story}"
    run = RunKey(journey=journey, client=client, dialect="latest-state", plan=plan, seed=31, schedule=schedule)
    with opened(name, None) as target:
        history, judged = campaign.replay(target, run)
    assert went_as_planned(history)
    assert not judged.breaches


def test_a_search_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that was given a time draws batches until it is over, by the clock it was given."""
    monkeypatch.setattr(searching, "BATCH", 5)
    lines: list[LogLine] = []
    moments = iter((0.0, 0.0, 1.0, 2.0, 3.0))
    options = Options(depth="random", journeys=("nothing-to-pay",), time=1.5, workers=1)
    with opened("manual", None) as target:
        campaign.conduct(target, options, lines.append, lambda _made, _total: None, now=lambda: next(moments))
    assert sum(isinstance(line, Draws) for line in lines) == 2
