"""The rules on both sides of each of their dates, the choices, and every way to get a file wrong."""

from __future__ import annotations

import dataclasses
import hashlib
import pickle
import shutil
import textwrap
import tomllib
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from bad_files import bad_files, check_told
from hypothesis import given
from hypothesis import strategies as st

from capacity_planner.errors import Complaint, PolicyError, RuleNotInForceError
from capacity_planner.policy import (
    KNOWN_RULES,
    Choice,
    Document,
    Practice,
    Rule,
    announce,
    load_choices,
    load_policy,
    shipped_policies,
)
from capacity_planner.policy.loading import SHIPPED
from capacity_planner.texts import LANGUAGES, label, load_catalogue

BAD = bad_files("policies")
DAY = timedelta(days=1)
DAZHU = load_policy("dazhu-2021-57")
SICHUAN = load_policy("sichuan-2020-8")
NATIONAL = load_policy("china-national")
POLICIES = (DAZHU, SICHUAN, NATIONAL)

BEFORE, FIRST, LAST, AFTER = (
    date(2021, 9, 14),
    date(2021, 9, 15),
    date(2026, 9, 14),
    date(2026, 9, 15),
)
OPINION = "竹府办〔2021〕57号"
PROVINCE = "川卫规〔2020〕8号"


# ------------------------------------------------------------------ the rules, day by day


@pytest.mark.parametrize(
    ("rule_id", "as_of", "standing", "value", "number", "clause"),
    [
        ("ratio_new", BEFORE, "stand_in", 10, PROVINCE, "第五条"),
        ("ratio_new", FIRST, "in_force", 10, OPINION, "二（二）1"),
        ("ratio_new", LAST, "in_force", 10, OPINION, "二（二）1"),
        ("ratio_new", AFTER, "stand_in", 10, PROVINCE, "第五条"),
        ("ratio_existing", BEFORE, "stand_in", 8, PROVINCE, "第五条"),
        ("ratio_existing", FIRST, "in_force", 8, OPINION, "二（二）1"),
        ("ratio_existing", LAST, "in_force", 8, OPINION, "二（二）1"),
        ("ratio_existing", AFTER, "stand_in", 8, PROVINCE, "第五条"),
        ("ratio_old_town", BEFORE, "stand_in", 8, PROVINCE, "第五条"),
        ("ratio_old_town", FIRST, "in_force", 8, OPINION, "二（二）1"),
        ("ratio_old_town", LAST, "in_force", 8, OPINION, "二（二）1"),
        ("ratio_old_town", AFTER, "stand_in", 8, PROVINCE, "第五条"),
        ("ratio_new", date(2020, 12, 31), "stand_in", 10, PROVINCE, "第五条"),
        ("check_migrant", LAST, "in_force", None, OPINION, "二（二）1，二（三）3"),
        ("check_migrant", AFTER, "stand_in", None, PROVINCE, "第六条"),
        ("duty_provide_by_deadline", LAST, "in_force", None, OPINION, "二（二）1"),
        ("duty_provide_by_deadline", AFTER, "stand_in", None, "国办发〔2019〕15号", "（条号未核）"),
        ("duty_build_with_housing", LAST, "in_force", None, OPINION, "二（二）1"),
        ("duty_build_with_housing", AFTER, "stand_in", None, "国办发〔2019〕15号", "（条号未核）"),
        ("duty_top_up", LAST, "in_force", None, OPINION, "二（二）1"),
        ("duty_top_up", AFTER, "stand_in", None, "", "（条号未核）"),
        ("class_size_infant", AFTER, "in_force", 10, "国卫人口发〔2019〕58号", "第十九、二十条"),
        ("class_size_junior", AFTER, "in_force", 15, "国卫人口发〔2019〕58号", "第十九、二十条"),
        ("class_size_senior", AFTER, "in_force", 20, "国卫人口发〔2019〕58号", "第十九、二十条"),
        ("class_size_mixed", AFTER, "in_force", 18, "国卫人口发〔2019〕58号", "第十九、二十条"),
        ("carers_infant", AFTER, "in_force", 3, "国卫人口发〔2019〕58号", "第十九、二十条"),
        ("carers_junior", AFTER, "in_force", 5, "国卫人口发〔2019〕58号", "第十九、二十条"),
        ("carers_senior", AFTER, "in_force", 7, "国卫人口发〔2019〕58号", "第十九、二十条"),
        ("limit_home_based", date(2023, 12, 31), "in_force", 5, "", "（条号未核）"),
        ("carers_home_based", date(2023, 12, 31), "in_force", 3, "", "（条号未核）"),
        ("target_demonstration", FIRST, "in_force", 1, OPINION, "一（二）"),
    ],
)
def test_a_rule_on_a_day(rule_id, as_of, standing, value, number, clause):
    found = DAZHU.standing(rule_id, as_of)
    assert found.standing == standing
    assert found.rule.value == value
    assert found.document.number == number
    assert found.rule.clause == clause


@pytest.mark.parametrize(
    ("rule_id", "as_of", "code"),
    [
        ("ratio_new", date(2020, 12, 30), "policy_rule_not_yet"),
        ("ratio_existing", date(2020, 12, 30), "policy_rule_not_yet"),
        ("ratio_old_town", date(2020, 12, 30), "policy_rule_not_yet"),
        ("duty_top_up", date(2021, 9, 14), "policy_rule_not_yet"),
        ("duty_consider", BEFORE, "policy_rule_not_yet"),
        ("duty_consider", AFTER, "policy_rule_lapsed"),
        ("check_handover", AFTER, "policy_rule_lapsed"),
        ("target_demonstration", AFTER, "policy_rule_lapsed"),
        ("target_coverage", AFTER, "policy_rule_lapsed"),
        ("limit_home_based", date(2023, 12, 30), "policy_rule_not_yet"),
        ("class_size_mixed", date(2019, 12, 30), "policy_rule_not_yet"),
        ("population_base", date(2021, 12, 30), "policy_rule_not_yet"),
        ("benchmark_slots_per_1000", date(2024, 12, 31), "policy_rule_not_yet"),
        ("benchmark_slots_per_1000", date(2026, 1, 1), "policy_rule_lapsed"),
        ("ratio_rural", FIRST, "policy_rule_missing"),
    ],
)
def test_a_rule_outside_its_life_raises(rule_id, as_of, code):
    with pytest.raises(RuleNotInForceError) as caught:
        DAZHU.standing(rule_id, as_of)
    (fault,) = caught.value.complaints
    assert fault.code == code
    assert rule_id in fault.message("zh")
    assert rule_id in fault.message("en")


def test_the_error_names_the_dates_and_what_to_do():
    with pytest.raises(RuleNotInForceError, match="2026-09-15") as caught:
        DAZHU.standing("duty_consider", date(2027, 1, 2))
    line = caught.value.tell("en")
    assert "2027-01-02" in line
    assert "from 2021-09-15" in line
    assert "stand_in" in line
    assert isinstance(caught.value, LookupError)
    assert isinstance(caught.value, PolicyError)


@pytest.mark.parametrize("as_of", [date(2025, 1, 1), date(2025, 12, 31)])
def test_the_benchmark_is_one_of_2025_only(as_of):
    found = DAZHU.standing("benchmark_slots_per_1000", as_of)
    assert found.rule.value == Decimal("4.5")
    assert found.ratio_fraction == Fraction(45, 10_000)


def _boundaries():
    for policy in POLICIES:
        for rule in policy.rules:
            for day in (rule.from_date, rule.until):
                if day is not None:
                    yield pytest.param(policy, rule, day, id=f"{policy.id}-{rule.id}-{day}")


@pytest.mark.parametrize(("policy", "rule", "day"), list(_boundaries()))
def test_every_rule_on_both_sides_of_each_of_its_dates(policy, rule, day):
    alone = load_policy_alone(policy)
    before, on = alone.find(rule.id, day - DAY), alone.find(rule.id, day)
    if day == rule.from_date:
        assert (before.standing, on.standing) == ("not_yet", "in_force")
    else:
        assert (before.standing, on.standing) == ("in_force", "lapsed")
    for each, when in ((before, day - DAY), (on, day)):
        if each.standing == "in_force":
            assert alone.standing(rule.id, when).rule == rule
        else:
            with pytest.raises(RuleNotInForceError):
                alone.standing(rule.id, when)


def load_policy_alone(policy):
    """Return the policy without what stands behind it."""
    return type(policy)(policy.id, policy.name, policy.name_en, policy.rules, policy.documents)


def test_first_days_are_those_of_the_countys_own_rules():
    assert DAZHU.start("ratio_new") == FIRST
    assert DAZHU.start("limit_home_based") == date(2023, 12, 31)
    with pytest.raises(RuleNotInForceError):
        DAZHU.start("ratio_rural")


@pytest.mark.parametrize(
    ("category", "population", "required"),
    [("new", 700, 7), ("existing", 1250, 10), ("old_town", 1251, 11), ("new", 3000, 30)],
)
def test_ratios_are_exact_on_the_way_to_a_ceiling(category, population, required):
    share = DAZHU.ratio(category, LAST).ratio_fraction
    assert -(-population * share.numerator // share.denominator) == required


def test_what_is_no_ratio_has_no_fraction():
    for rule_id in ("class_size_mixed", "duty_consider"):
        with pytest.raises(ValueError, match=rule_id):
            _ = DAZHU.standing(rule_id, LAST).ratio_fraction


def test_there_is_no_ratio_for_rural_zones():
    with pytest.raises(RuleNotInForceError):
        DAZHU.ratio("rural", LAST)


# ------------------------------------------------------------------ standing, told


def announced(standing, lang):
    """Return the sentence on one rule, without what is to be known of its document."""
    return next(iter(announce([standing], lang)), "")


def test_a_stand_in_says_what_it_replaces():
    found = DAZHU.ratio("new", AFTER)
    assert found.replaces == DAZHU.find("ratio_new", LAST).rule
    assert found.instead_of.standing == "lapsed"
    assert found.policy == "sichuan-2020-8"
    assert found.citation("zh") == "川卫规〔2020〕8号 第五条（替代规则）"
    assert found.citation("en") == "川卫规〔2020〕8号 art. 5 (standing in)"
    assert announced(found, "zh") == (
        "竹府办〔2021〕57号 二（二）1 自 2026-09-15 起失效，现以 川卫规〔2020〕8号 第五条 替代。"
    )
    assert "lapsed on 2026-09-15" in announced(found, "en")


def test_a_stand_in_before_the_opinion_says_from_when_it_is_in_force():
    found = DAZHU.ratio("new", BEFORE)
    assert found.instead_of.standing == "not_yet"
    assert "自 2021-09-15 起施行，此前以" in announced(found, "zh")


def test_nothing_is_announced_while_in_force():
    assert announce([DAZHU.find(rule.id, LAST) for rule in DAZHU.rules], "zh") == ()
    assert DAZHU.ratio("new", LAST).citation("zh") == "竹府办〔2021〕57号 二（二）1"
    assert DAZHU.ratio("new", LAST).replaces is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_sentence_is_announced_once_and_the_doubt_about_the_stand_in_too(lang):
    rules = [DAZHU.ratio(category, AFTER) for category in ("new", "existing", "old_town")]
    said = announce(rules, lang)
    assert said == (announced(rules[0], lang), SICHUAN.documents["standards"].remark(lang))
    assert PROVINCE in said[1]
    everything = announce(DAZHU.register(AFTER), lang)
    assert len(everything) == len(set(everything)) == 8


def test_clauses_of_one_fate_share_a_sentence():
    rules = [
        DAZHU.find(each, AFTER) for each in ("duty_consider", "land", "filing", "duty_consider")
    ]
    assert announce(rules, "zh") == (
        "竹府办〔2021〕57号 二（二）1、三（一）、二（三）1 自 2026-09-15 起失效，没有替代规则。",
    )
    assert "二（二）1, 三（一）, 二（三）1 lapsed" in announce(rules, "en")[0]
    assert announce([*rules, DAZHU.find("land", BEFORE)], "en")[1] == (
        "竹府办〔2021〕57号 三（一） is in force from 2021-09-15; nothing stands in before that."
    )


def test_lapsed_and_not_yet_are_announced_where_nothing_stands_in():
    assert announced(DAZHU.find("duty_consider", AFTER), "zh").endswith("没有替代规则。")
    assert "in force from 2021-09-15" in announced(DAZHU.find("duty_consider", BEFORE), "en")
    assert (
        DAZHU.find("duty_consider", AFTER).citation("zh")
        == "竹府办〔2021〕57号 二（二）1（已失效）"
    )


def test_a_rule_stated_only_further_back_is_in_force_by_itself():
    assert all(rule.id != "class_size_mixed" for rule in DAZHU.rules)
    assert DAZHU.find("class_size_mixed", LAST).standing == "in_force"


def test_a_rule_that_nobody_states_is_not_found():
    assert DAZHU.find("ratio_rural", LAST) is None


@given(st.dates())
def test_the_register_lists_everything_on_any_day(day):
    register = DAZHU.register(day)
    assert {each.rule.id for each in register} == {r.id for p in POLICIES for r in p.rules}
    own = Counter(each.rule.id for each in register if each.standing != "stand_in")
    assert set(own.values()) == {1}
    for each in register:
        if each.standing == "stand_in":
            assert each.rule.stands(day) == "in_force"
            assert each.instead_of.standing in {"lapsed", "not_yet"}
        else:
            assert each.rule.stands(day) == each.standing


@given(st.dates(), st.sampled_from(sorted(KNOWN_RULES)))
def test_the_register_and_the_standing_agree(day, rule_id):
    counting = [
        each
        for each in DAZHU.register(day)
        if each.rule.id == rule_id and each.standing in {"in_force", "stand_in"}
    ]
    if counting:
        assert [DAZHU.standing(rule_id, day)] == counting
    else:
        with pytest.raises(RuleNotInForceError):
            DAZHU.standing(rule_id, day)


def test_the_register_is_sorted_and_a_stand_in_follows_what_it_replaces():
    register = DAZHU.register(AFTER)
    ids = [each.rule.id for each in register]
    assert ids == sorted(ids)
    where = ids.index("ratio_new")
    assert [each.standing for each in register[where : where + 2]] == ["lapsed", "stand_in"]


# ------------------------------------------------------------------ what is shipped


def test_every_known_rule_is_stated_somewhere_and_has_its_words():
    assert {rule.id for policy in POLICIES for rule in policy.rules} == set(KNOWN_RULES)
    labels = load_catalogue("labels")
    for known in KNOWN_RULES.values():
        assert f"rule_kind.{known.kind}" in labels
        assert not known.unit or f"rule_unit.{known.unit}" in labels


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_shipped_policies_are_complete(policy):
    assert policy.id in shipped_policies()
    cited = {rule.document for rule in policy.rules}
    assert cited == set(policy.documents)
    for rule in policy.rules:
        assert rule.zh
        assert rule.en.isascii() or "“" in rule.en
        assert rule.confidence in {"A", "B", "I"}
        assert label(f"confidence.{rule.confidence}", "zh")
        assert (rule.value is None) == (rule.unit == "")
        assert "未核" not in rule.place("en")
        assert rule.place("zh") == rule.clause
    for document in policy.documents.values():
        assert document.name("zh")
        assert document.name("en")
        assert bool(document.note) == bool(document.note_en)


def test_no_national_ratio_is_claimed():
    assert not [rule for rule in NATIONAL.rules if rule.kind == "ratio"]


def test_days_that_are_not_known_are_marked_and_never_early():
    for policy in (SICHUAN, NATIONAL):
        for rule in policy.rules:
            if rule.id != "benchmark_slots_per_1000":
                assert rule.from_precision == "year"
                assert (rule.from_date.month, rule.from_date.day) == (12, 31)
    assert {rule.from_precision for rule in DAZHU.rules} == {"day"}


def test_a_policy_can_be_sent_to_another_process():
    assert pickle.loads(pickle.dumps(DAZHU)) == DAZHU  # noqa: S301  # our own bytes


def test_a_documents_remark_names_it():
    note = NATIONAL.documents["standards-2019"]
    assert note.remark("zh") == "国卫人口发〔2019〕58号：未见原文。"
    assert note.remark("en") == "国卫人口发〔2019〕58号: The text itself was not read."
    plan = NATIONAL.documents["plan-14"]
    assert plan.name("zh") == "“十四五”规划"
    assert plan.name("en") == "14th five-year plan"


def test_rules_cannot_be_changed():
    found = DAZHU.ratio("new", LAST)
    for each, name in (
        (found, "standing"),
        (found.rule, "value"),
        (found.document, "note"),
        (DAZHU, "rules"),
        (KNOWN_RULES["ratio_new"], "unit"),
        (load_choices()["radius_m"], "default"),
    ):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(each, name, None)


def test_a_policy_is_loaded_once():
    assert load_policy("dazhu-2021-57") is DAZHU
    assert DAZHU.behind is SICHUAN


# ------------------------------------------------------------------ a policy of one's own

HEAD = """
schema = 1
id = "own"
name = "本地规定"
name_en = "Own rules"
{more}
[documents.rule]
title = "规定"
title_en = "Rule"
confidence = "B"
"""
RULE = """
[[rules.{id}]]
value = {value}
unit = "slots_per_1000_residents"
from = {start}
document = "rule"
clause = "1"
"""


def _own(folder, *rules, more="", name="own.toml"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD.format(more=more) + "[rules]\n" * (not rules) + "".join(rules), "utf-8")
    return path


def _ratio(value, start, until=None, rule_id="ratio_new"):
    end = f"until = {until}\n" if until else ""
    return RULE.format(id=rule_id, value=value, start=start) + end


def test_the_example_of_the_docstring_loads(tmp_path):
    text = load_policy.__doc__.split("::", 1)[1].split("``until``", 1)[0]
    path = tmp_path / "own.toml"
    path.write_text(textwrap.dedent(text), "utf-8")
    assert len(path.read_text("utf-8").strip().splitlines()) <= 20
    policy = load_policy(path)
    for category in ("new", "existing", "old_town"):
        found = policy.ratio(category, date(2199, 1, 1))
        assert found.ratio_fraction == Fraction(35, 1000)
        assert found.rule.until is None
        assert found.rule.zh == "每千人口不少于 35 个托位。"
        assert found.rule.en == "Not fewer than 35 slots per 1,000 residents."
        assert found.rule.confidence == "A"
    with pytest.raises(RuleNotInForceError):
        policy.ratio("new", date(2023, 12, 31))
    assert policy.find("duty_build_with_housing", FIRST) is None


def test_a_rule_may_change_over_the_years(tmp_path):
    own = load_policy(
        _own(
            tmp_path,
            _ratio("12.5", "2024-07-01"),
            _ratio(10, "2021-01-01"),
            _ratio(11, "2023-01-01", "2024-01-01"),
        )
    )
    assert [(rule.value, rule.until) for rule in own.rules] == [
        (10, date(2023, 1, 1)),
        (11, date(2024, 1, 1)),
        (Decimal("12.5"), None),
    ]
    for day, value in [
        ("2021-01-01", 10),
        ("2022-12-31", 10),
        ("2023-01-01", 11),
        ("2023-12-31", 11),
        ("2024-07-01", Decimal("12.5")),
    ]:
        assert own.ratio("new", date.fromisoformat(day)).rule.value == value
    with pytest.raises(RuleNotInForceError, match="2024-01-01"):
        own.ratio("new", date(2024, 6, 30))
    assert own.find("ratio_new", date(2024, 6, 30)).standing == "lapsed"
    assert own.start("ratio_new") == date(2021, 1, 1)
    assert [each.standing for each in own.register(date(2023, 6, 1))] == [
        "lapsed",
        "in_force",
        "not_yet",
    ]


@pytest.mark.parametrize(
    ("written", "first", "precision"),
    [
        ('"2024"', date(2024, 12, 31), "year"),
        ('"2024-02"', date(2024, 2, 29), "month"),
        ('"2023-02"', date(2023, 2, 28), "month"),
        ("2024-02-01", date(2024, 2, 1), "day"),
    ],
)
def test_a_day_known_in_part_counts_from_its_end(tmp_path, written, first, precision):
    (rule,) = load_policy(_own(tmp_path, _ratio(10, written))).rules
    assert (rule.from_date, rule.from_precision) == (first, precision)
    assert rule.since == written.strip('"')


def test_a_value_may_end_where_the_next_begins(tmp_path):
    own = load_policy(
        _own(tmp_path, _ratio(10, "2021-01-01", "2022-01-01"), _ratio(11, "2022-01-01"))
    )
    assert [own.ratio("new", date(2022, 1, 1) - DAY * n).rule.value for n in (0, 1)] == [11, 10]


@pytest.mark.parametrize(
    ("value", "accepted"), [("1000", True), ("1000.000001", False), ("0.000001", True)]
)
def test_how_large_a_ratio_may_be(tmp_path, value, accepted):
    path = _own(tmp_path, _ratio(value, "2021-01-01"))
    if accepted:
        assert load_policy(path).rules[0].value == Decimal(value)
    else:
        with pytest.raises(PolicyError, match="1000"):
            load_policy(path)


def test_a_chain_of_stand_ins_is_followed_to_its_end(tmp_path):
    _own(tmp_path, _ratio(3, "2000-01-01"), name="third.toml")
    _own(
        tmp_path,
        _ratio(2, "2010-01-01", "2020-01-01"),
        more='stand_in = "third.toml"',
        name="second.toml",
    )
    first = load_policy(
        _own(tmp_path, _ratio(1, "2015-01-01", "2018-01-01"), more='stand_in = "second.toml"')
    )
    assert [policy.stand_in for policy in first.chain] == ["second.toml", "third.toml", None]
    told = {}
    for year in (2001, 2012, 2016, 2019, 2021):
        found = first.ratio("new", date(year, 6, 1))
        told[year] = (int(found.rule.value), found.standing)
        if found.standing == "stand_in":
            assert found.replaces == first.rules[0]
    assert told == {
        2001: (3, "stand_in"),
        2012: (2, "stand_in"),
        2016: (1, "in_force"),
        2019: (2, "stand_in"),
        2021: (3, "stand_in"),
    }


def test_what_has_lapsed_itself_stands_in_for_nothing(tmp_path):
    _own(tmp_path, _ratio(2, "2010-01-01", "2020-01-01"), name="second.toml")
    own = load_policy(
        _own(tmp_path, _ratio(1, "2015-01-01", "2018-01-01"), more='stand_in = "second.toml"')
    )
    assert own.find("ratio_new", date(2019, 12, 31)).standing == "stand_in"
    found = own.find("ratio_new", date(2020, 1, 1))
    assert (found.standing, found.rule.value, found.replaces) == ("lapsed", 1, None)
    with pytest.raises(RuleNotInForceError) as caught:
        own.ratio("new", date(2020, 1, 1))
    assert [fault.code for fault in caught.value.complaints] == ["policy_rule_lapsed"]


def test_a_document_without_a_number_is_cited_by_its_title(tmp_path):
    own = load_policy(_own(tmp_path, _ratio(1, "2015-01-01", "2018-01-01")))
    lapsed = own.find("ratio_new", AFTER)
    assert lapsed.citation("zh") == "规定 1（已失效）"
    assert lapsed.citation("en") == "Rule 1 (lapsed)"
    assert announced(lapsed, "zh").startswith("规定 1 自 2018-01-01 起失效")
    assert announced(lapsed, "en").startswith("Rule 1 lapsed on 2018-01-01")
    assert dataclasses.replace(lapsed.document, note="注").remark("zh") == "规定：注"
    assert announced(own.find("ratio_new", date(2016, 1, 1)), "zh") == ""


def test_a_shipped_policy_may_stand_in(tmp_path):
    own = load_policy(_own(tmp_path, _ratio(12, "2024-01-01"), more='stand_in = "sichuan-2020-8"'))
    assert own.behind is SICHUAN
    assert own.ratio("new", date(2023, 12, 31)).rule.value == 10
    assert own.ratio("existing", date(2025, 1, 1)).standing == "in_force"


def test_paths_start_at_the_county_folder_and_stay_inside(tmp_path):
    folder = tmp_path / "county"
    _own(folder, _ratio(9, "2020-01-01"), name="rules/own.toml", more='stand_in = "other.toml"')
    _own(folder, _ratio(8, "2020-01-01"), name="rules/other.toml")
    policy = load_policy("rules/own.toml", folder=folder)
    assert policy.behind.rules[0].value == 8
    _own(tmp_path, _ratio(7, "2020-01-01"), name="outside.toml")
    _own(folder, _ratio(9, "2020-01-01"), more='stand_in = "../outside.toml"')
    for name in ("../outside.toml", str(tmp_path / "outside.toml"), "own.toml"):
        with pytest.raises(PolicyError) as caught:
            load_policy(name, folder=folder)
        (fault,) = caught.value.complaints
        assert fault.code == "settings_outside"
        assert (fault.file, fault.column) == (
            ("own.toml", "stand_in") if name == "own.toml" else ("county.toml", "policy")
        )
    assert load_policy(tmp_path / "outside.toml").rules[0].value == 7


def test_a_policy_that_does_not_exist_is_told_with_the_nearest():
    with pytest.raises(PolicyError) as caught:
        load_policy("dazu-2021-57")
    (fault,) = caught.value.complaints
    assert (fault.code, fault.params["nearest"]) == ("policy_unknown", "dazhu-2021-57")
    assert "choices" not in fault.params["known"]
    assert (fault.file, fault.column) == ("", "")
    with pytest.raises(PolicyError):
        load_policy("choices")


def test_a_policy_that_a_county_misspells_is_told_in_its_file(tmp_path):
    with pytest.raises(PolicyError) as caught:
        load_policy("dazu-2021-57", folder=tmp_path)
    (fault,) = caught.value.complaints
    assert (fault.code, fault.file, fault.column) == ("policy_unknown", "county.toml", "policy")


@pytest.mark.parametrize("name", ["", ".", "..", "/", "a" * 10_000, "\0", "dazhu-2021-57/../x"])
def test_odd_names_are_no_policies(name):
    with pytest.raises(PolicyError):
        load_policy(name)
    with pytest.raises(PolicyError):
        load_policy(f"{name}.toml")


# ------------------------------------------------------------------ files with one mistake each


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_is_refused_with_its_faults(path, tmp_path):
    for each in BAD:
        if each.stem.startswith("stand_in"):
            shutil.copyfile(each, tmp_path / each.name)
    shutil.copyfile(path, tmp_path / path.name)
    with pytest.raises(PolicyError) as caught:
        load_policy(path.name, folder=tmp_path)
    check_told(path, caught.value.complaints)


RATIO_UNIT = {"unit": "slots_per_1000_residents"}


@pytest.mark.parametrize(
    ("stem", "code", "column", "value", "params"),
    [
        ("unknown_rule", "rule_unknown", "rules.ratio_nwe", "ratio_nwe", {"nearest": "ratio_new"}),
        (
            "document_undefined",
            "document_undefined",
            "rules.ratio_new.document",
            "rul",
            {"nearest": "rule"},
        ),
        ("text_in_one_language", "text_missing", "rules.duty_consider", "", {}),
        ("until_on_from", "until_before_from", "rules.ratio_new.until", "2021-09-15", {}),
        ("date_twice", "date_twice", "rules.ratio_new.from", "2021-09-15", {}),
        ("values_that_overlap", "overlap", "rules.ratio_new.until", "2023-01-02", {}),
        ("value_missing", "value_missing", "rules.ratio_new.value", "", RATIO_UNIT),
        ("value_of_a_duty", "value_surplus", "rules.duty_consider.value", "", {"unit": ""}),
        ("unit_missing", "unit", "rules.ratio_new.unit", "", RATIO_UNIT),
        (
            "unit_of_another_place",
            "unit",
            "rules.ratio_new.unit",
            "m2_per_100_households",
            RATIO_UNIT,
        ),
        ("value_zero", "value_absurd", "rules.ratio_new.value", "0", {}),
        ("stand_in_itself", "stand_in_circle", "stand_in", "stand_in_itself.toml", {}),
        (
            "stand_in_unknown",
            "unknown",
            "stand_in",
            "sichuan-2020",
            {
                "nearest": "sichuan-2020-8",
                "known": "china-national、dazhu-2021-57、sichuan-2020-8",
            },
        ),
    ],
)
def test_what_where_and_with_which_value(stem, code, column, value, params):
    with pytest.raises(PolicyError) as caught:
        load_policy(f"{stem}.toml", folder=BAD[0].parent)
    (fault,) = caught.value.complaints
    assert fault == Complaint(f"policy_{code}", f"{stem}.toml", column=column, value=value)
    assert fault.params == params


def test_every_fault_of_a_file_is_told_at_once(tmp_path):
    """One value may be wrong in several ways, and so may the values after it."""
    path = _own(
        tmp_path,
        _ratio(0, "2021-01-01", "2021-01-01").replace('"rule"', '"rul"'),
        _ratio(1001, "2021-01-01", "2021-02-01"),
        _ratio(10, "2021-01-15"),
    )
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    assert [(fault.code, fault.value) for fault in caught.value.complaints] == [
        ("policy_value_absurd", "0"),
        ("policy_document_undefined", "rul"),
        ("policy_until_before_from", "2021-01-01"),
        ("policy_value_absurd", "1001"),
        ("policy_date_twice", "2021-01-01"),
        ("policy_overlap", "2021-02-01"),
    ]


FULL = """
schema = 1
id = "own"
name = "本地规定"
name_en = "Own rules"
[documents.a]
title = "甲"
title_en = "A"
number = "甲〔2024〕1号"
confidence = "B"
note = "甲注"
note_en = "note A"
[documents.b]
title = "乙"
title_en = "B"
confidence = "A"
note = "乙注"
[rules.ratio_new]
value = 12.5
unit = "slots_per_1000_residents"
from = 2024-01-01
until = 2025-01-01
document = "a"
clause = "一"
clause_en = "1"
confidence = "I"
note = "注"
note_en = "note"
[rules.duty_consider]
from = "2024-03"
document = "b"
clause = "二"
zh = "统筹"
en = "consider"
note = "只有中文"
"""


def test_every_entry_of_a_file_arrives(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(FULL, "utf-8")
    policy = load_policy(path)
    assert (policy.id, policy.name, policy.name_en) == ("own", "本地规定", "Own rules")
    assert (policy.stand_in, policy.behind) == (None, None)
    assert policy.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert policy.documents == {
        "a": Document("a", "甲", "A", "甲〔2024〕1号", "B", "甲注", "note A"),
        "b": Document("b", "乙", "B", "", "A", "乙注", "乙注"),
    }
    assert policy.rules == (
        Rule(
            id="duty_consider",
            kind="duty",
            value=None,
            unit="",
            from_date=date(2024, 3, 31),
            until=None,
            document="b",
            clause="二",
            confidence="A",
            zh="统筹",
            en="consider",
            applies_to=("rural",),
            from_precision="month",
            note="只有中文",
            note_en="只有中文",
        ),
        Rule(
            id="ratio_new",
            kind="ratio",
            value=Decimal("12.5"),
            unit="slots_per_1000_residents",
            from_date=date(2024, 1, 1),
            until=date(2025, 1, 1),
            document="a",
            clause="一",
            confidence="I",
            zh="每千人口不少于 12.5 个托位。",
            en="Not fewer than 12.5 slots per 1,000 residents.",
            applies_to=("new",),
            note="注",
            note_en="note",
            clause_en="1",
        ),
    )


def test_what_a_file_leaves_out_is_empty(tmp_path):
    (rule,) = load_policy(_own(tmp_path, _ratio(10, "2021-01-01"))).rules
    assert (rule.note, rule.note_en, rule.clause_en) == ("", "", "")
    assert rule.place("en") == rule.place("zh") == "1"
    document = load_policy(_own(tmp_path, _ratio(10, "2021-01-01"))).documents["rule"]
    assert (document.note, document.note_en, document.number) == ("", "", "")


@pytest.mark.parametrize("year", [1900, 2200])
def test_the_first_and_last_year_that_a_rule_may_name(tmp_path, year):
    (rule,) = load_policy(_own(tmp_path, _ratio(10, f"{year}-06-01"))).rules
    assert rule.from_date == date(year, 6, 1)


@pytest.mark.parametrize("year", [1899, 2201])
def test_years_beyond_are_refused(tmp_path, year):
    with pytest.raises(PolicyError) as caught:
        load_policy(_own(tmp_path, _ratio(10, f"{year}-06-01")))
    assert [fault.code for fault in caught.value.complaints] == ["settings_day_absurd"]


def test_a_rule_that_nobody_states_is_told_with_the_nearest():
    for ask in (
        lambda: DAZHU.standing("ratio_exiting", FIRST),
        lambda: DAZHU.start("ratio_exiting"),
    ):
        with pytest.raises(RuleNotInForceError) as caught:
            ask()
        (fault,) = caught.value.complaints
        assert fault == Complaint("policy_rule_missing", "dazhu-2021-57", value="ratio_exiting")
        assert fault.params == {"nearest": "ratio_existing"}


def test_a_lapsed_rule_is_told_with_its_life_and_its_document():
    with pytest.raises(RuleNotInForceError) as caught:
        DAZHU.standing("duty_consider", AFTER)
    (fault,) = caught.value.complaints
    assert (fault.file, fault.value) == ("dazhu-2021-57", "duty_consider")
    assert fault.params == {
        "as_of": AFTER,
        "first": FIRST,
        "until": AFTER,
        "document": OPINION,
        "document_en": OPINION,
    }
    with pytest.raises(RuleNotInForceError) as caught:
        DAZHU.standing("limit_home_based", FIRST)
    named = caught.value.complaints[0].params
    document = NATIONAL.documents["home-based-2023"]
    assert (named["document"], named["document_en"]) == (document.title, document.title_en)


# ------------------------------------------------------------------ choices


def test_every_entry_of_the_choices_arrives():
    """Read anew, past the cache, and held against the file itself."""
    written = tomllib.loads((SHIPPED / "choices.toml").read_text("utf-8"))["choices"]
    for key, choice in load_choices.__wrapped__().items():
        want = written[key]
        assert choice == Choice(
            id=key,
            kind=want.get("kind", "one_of"),
            values=choice.values,
            default=want.get("default"),
            fixed=want.get("fixed", False),
            shapes_tables=want.get("shapes_tables", False),
            least=None if "least" not in want else Decimal(str(want["least"])),
            most=None if "most" not in want else Decimal(str(want["most"])),
            unit=want.get("unit", ""),
            zh=want["zh"],
            en=want["en"],
            why=want["why"]["zh"],
            why_en=want["why"]["en"],
            elsewhere=tuple(Practice(**each) for each in want.get("elsewhere", [])),
        )
        assert dict(choice.values) == want.get("values", {})
        assert (choice.title("zh"), choice.title("en")) == (want["zh"], want["en"])
        assert (choice.reason("zh"), choice.reason("en")) == (want["why"]["zh"], want["why"]["en"])
        with pytest.raises(TypeError):
            choice.values["more"] = {}


@pytest.mark.parametrize(
    ("choice_id", "value", "code", "word", "params"),
    [
        ("rounding", "up", "choice_fixed", "up", {}),
        (
            "basis",
            "filled",
            "choice_not_allowed",
            "filled",
            {"allowed": "filed、statistical", "nearest": "filed"},
        ),
        (
            "radius_m",
            -1,
            "choice_not_whole",
            "-1",
            {"least": "0", "most": "20000", "unit_zh": "米", "unit_en": "m"},
        ),
        (
            "persons_per_dwelling",
            "two",
            "choice_not_number",
            "two",
            {"least": "0.5", "most": "10", "unit_zh": "人/户", "unit_en": "persons per dwelling"},
        ),
    ],
)
def test_a_refused_answer_is_told_with_what_is_allowed(choice_id, value, code, word, params):
    told = load_choices()[choice_id].complaint(value, file="county.toml", key="choices.x")
    assert told == Complaint(code, "county.toml", column="choices.x", value=word)
    assert told.params == params


def test_choices_have_their_words_and_fitting_defaults():
    for choice in load_choices().values():
        for lang in LANGUAGES:
            assert choice.title(lang)
            assert choice.reason(lang)
        for practice in choice.elsewhere:
            assert practice.zh
            assert practice.en
            assert practice.source
        if choice.fixed:
            assert list(choice.values) == [choice.default]
            assert choice.accept(choice.default) is None
        elif choice.default is not None:
            assert choice.accept(choice.default) == choice.default
            assert choice.tell(choice.default, "zh")


def test_no_default_for_persons_per_dwelling_alone():
    without = [choice.id for choice in load_choices().values() if choice.default is None]
    assert without == ["persons_per_dwelling"]


def test_defaults_are_those_of_the_design():
    defaults = {key: choice.default for key, choice in load_choices().items() if not choice.fixed}
    assert defaults == {
        "radius_m": 300,
        "distance": "straight",
        "snap_limit_m": 200,
        "walking_m_per_min": 60,
        "basis": "filed",
        "population_base": "resident",
        "persons_per_dwelling": None,
        "undated": "refuse",
        "facility_presence": "inside",
        "inside_serves": "yes",
        "unknown_accepts_migrants": "no",
    }


@pytest.mark.parametrize(
    ("choice_id", "value", "exact"),
    [
        ("radius_m", 0, 0),
        ("radius_m", 20_000, 20_000),
        ("radius_m", 20_001, None),
        ("radius_m", -1, None),
        ("radius_m", True, None),
        ("radius_m", "300", None),
        ("radius_m", 300.0, None),
        pytest.param("radius_m", 10**5000, None, id="radius-huge"),
        ("basis", "statistical", "statistical"),
        ("basis", "Statistical", None),
        ("basis", 1, None),
        ("basis", None, None),
        ("persons_per_dwelling", Decimal("2.30"), Decimal("2.30")),
        ("persons_per_dwelling", 2.3, Decimal("2.3")),
        ("persons_per_dwelling", "2.32", Decimal("2.32")),
        ("persons_per_dwelling", 3, Decimal(3)),
        ("persons_per_dwelling", Decimal("0.5"), Decimal("0.5")),
        ("persons_per_dwelling", Decimal("0.499999"), None),
        ("persons_per_dwelling", Decimal("10.000001"), None),
        ("persons_per_dwelling", Decimal("2.3000001"), None),
        ("persons_per_dwelling", Decimal("2.300001"), Decimal("2.300001")),
        ("persons_per_dwelling", float("nan"), None),
        ("persons_per_dwelling", float("inf"), None),
        ("persons_per_dwelling", "two", None),
        pytest.param("persons_per_dwelling", 10**5000, None, id="persons-huge"),
        ("persons_per_dwelling", [2], None),
        ("rounding", "ceiling_per_unit", None),
    ],
)
def test_answers_are_exact_or_refused(choice_id, value, exact):
    found = load_choices()[choice_id].accept(value)
    assert found == exact
    assert type(found) is type(exact)


def test_a_number_needs_both_bounds():
    radius = load_choices()["radius_m"]
    for bound in ("least", "most"):
        assert dataclasses.replace(radius, **{bound: None}).accept(300) is None


def test_answers_as_people_read_them():
    choices = load_choices()
    assert choices["radius_m"].tell(300, "zh") == "300 米"
    assert choices["basis"].tell("filed", "en") == "filed (design slots, operating and filed)"
    assert choices["persons_per_dwelling"].tell(None, "zh") == ""


def test_choices_stand_in_a_file_of_their_own():
    ids = list(tomllib.loads((SHIPPED / "choices.toml").read_text("utf-8"))["choices"])
    assert list(load_choices()) == ids
