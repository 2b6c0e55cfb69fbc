"""The words that real spreadsheets use for the columns of the canonical one.

All are written as `headers.compact` leaves them: lower case, letters and digits only. The words of
WEAK names mean what they say only if nothing better does, or if the cells bear them out.
"""

from __future__ import annotations

STRONG: dict[str, frozenset[str]] = {
    "participant": frozenset(
        {
            f"{who}{what}"
            for who in ("participant", "client", "serviceuser", "person", "case", "user", "study",
                        "subject", "patient", "member", "parent", "individual", "unique")
            for what in ("id", "code", "no", "number", "ref", "reference", "identifier", "idno",
                         "idnumber", "idcode")
        }
        - {"parentno", "parentnumber", "personno", "personnumber", "memberno", "membernumber"}
        | {"participant", "pid", "ppid", "participantuniqueid", "pseudonym", "pseudonymouscode",
           "pseudonymisedid", "yourcode", "idcode", "uniqueparticipantcode", "clientuniqueid",
           "surveycode", "personalcode", "respondentcode"}
    ),
    "couple": frozenset(
        {
            f"{who}{what}"
            for who in ("couple", "dyad", "family", "pair", "partnership", "coupledyad")
            for what in ("id", "code", "no", "number", "ref", "reference", "identifier", "idno")
        }
        | {"couple", "dyad", "householdid", "householdcode", "householdno"}
    ),
    "site": frozenset({"site", "sitename", "siteid", "sitecode", "pilotsite", "nameofsite"}),
    "wave": frozenset(
        {"wave", "timepoint", "timepoints", "occasion", "whichsurveyisthis", "whichsurvey",
         "redcapeventname", "surveywave", "datapoint", "assessmentpoint", "measurementpoint",
         "pointintime", "prepost", "beforeafter", "surveypoint", "measurementoccasion"}
    ),
    "completed_on": frozenset(
        {"date", "datecompleted", "datedone", "completiondate", "completedon", "dateofcompletion",
         "datefilledin", "dateofquestionnaire", "questionnairedate", "surveydate", "dateofsurvey",
         "assessmentdate", "dateofassessment", "datetaken", "dateadministered"}
    ),
    "role": frozenset(
        {"role", "mumdad", "mumordad", "motherfather", "motherorfather", "dadmum", "fathermother",
         "parentrole", "husbandwife", "wifehusband", "relationshiptochild",
         "relationshiptothechild", "areyoumumordad"}
    ),
    "gender": frozenset({"gender", "sex"}),
    "age_band": frozenset({"ageband", "agegroup", "agerange", "agecategory"}),
    "session_number": frozenset({"sessionnumber", "sessionno", "sessionnum"}),
    "child": frozenset({"childid", "childcode", "childref", "childno", "childnumber"}),
    "relationship_status": frozenset({"relationshipstatus", "maritalstatus"}),
    "ethnicity_group": frozenset({"ethnicity", "ethnicgroup", "ethnicitygroup"}),
    "low_income": frozenset({"lowincome"}),
    "first_time_parent": frozenset({"firsttimeparent"}),
    "referral_route": frozenset({"referralroute", "routeofreferral"}),
    "intervention": frozenset({"intervention"}),
    "mode": frozenset({"mode", "modeofcompletion"}),
    "partner": frozenset(
        {"partnum", "partnerno", "partnernumber", "partnernum", "personno", "personnumber",
         "memberno", "membernumber", "dyadmember", "whichpartner", "partneraorb"}
    ),
}  # fmt: skip

WEAK: dict[str, frozenset[str]] = {
    "participant": frozenset(
        {"id", "code", "recordid", "respondentid", "respondent", "subject", "client", "patient",
         "ref", "reference", "identifier", "uid", "userid", "caseid", "studyid"}
    ),
    "couple": frozenset({"family", "household", "pair"}),
    "wave": frozenset(
        {"time", "phase", "stage", "survey", "when", "period", "visit", "event", "assessment"}
    ),
    "completed_on": frozenset({"completed", "done", "when"}),
    "role": frozenset({"parent", "partner"}),
}  # fmt: skip

# Beside codes these may head names, or school subjects: half of the cells must have a digit.
PEOPLE_WORDS = frozenset({"respondent", "subject", "client", "patient"})

ROLE_WORDS = frozenset(
    {"mum", "dad", "mother", "father", "mom", "wife", "husband", "partner a", "partner b",
     "partner", "parent a", "parent b", "stepmother", "stepfather", "stepmum", "stepdad",
     "step-mother", "step-father", "step-mum", "step-dad", "grandparent", "carer",
     "practitioner"}
)  # fmt: skip

TOTAL_WORDS = frozenset(
    {"total", "totalscore", "score", "sum", "sumscore", "tot", "scoretotal", "overall",
     "overallscore", "overalltotal", "totals", "scaletotal"}
)  # fmt: skip

# What the two partners of a couple are called in one row; the first is partner A.
# Women first throughout: "A" must be the same partner in every file of a site.
PARTNER_MARKS: tuple[tuple[str, str], ...] = (
    ("partner a", "partner b"), ("partner 1", "partner 2"), ("person a", "person b"),
    ("person 1", "person 2"), ("parent a", "parent b"), ("parent 1", "parent 2"), ("p1", "p2"),
    ("pa", "pb"), ("a", "b"), ("m", "f"), ("mum", "dad"), ("mother", "father"),
    ("wife", "husband"), ("her", "his"), ("hers", "his"), ("she", "he"), ("female", "male"),
    ("woman", "man"), ("w", "h"),
)  # fmt: skip
# Pairwise: what a person said, and beside it what the partner said.
PAIRWISE_MARKS: tuple[tuple[str, str], ...] = (
    ("actor", "partner"), ("a", "p"), ("self", "partner"), ("act", "part"),
)  # fmt: skip
