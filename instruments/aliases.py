"""What spreadsheets call a questionnaire besides its id.

A name that several questionnaires share lists them all, so that nobody takes it for the one that
happens to come first. Names are written without blanks and punctuation.
"""

from __future__ import annotations

_DAS = ("das_32", "das_7", "das_4")
_CSI = ("csi_32", "csi_16", "csi_4")
_CORE = ("core_om", "core_10", "core_5", "core_6d", "core_sf_a", "core_sf_b")
_SDQ = ("sdq_parent_4_17", "sdq_teacher_4_17", "sdq_self_11_17", "sdq_2_4")

# name -> the questionnaires it can mean
ALIASES: dict[str, tuple[str, ...]] = {
    "phq9": ("phq9",), "phq": ("phq9",),
    "gad7": ("gad7",), "gad": ("gad7",),
    "das32": ("das_32",), "das7": ("das_7",), "das4": ("das_4",), "das": _DAS,
    "dyadicadjustmentscale": _DAS,
    "rdas14": ("rdas_14",), "rdas": ("rdas_14",), "reviseddas": ("rdas_14",),
    "enrichems15": ("enrich_ems_15",), "enrichems": ("enrich_ems_15",),
    "ems15": ("enrich_ems_15",), "ems": ("enrich_ems_15",),
    "enrichmaritalsatisfaction": ("enrich_ems_15",),
    "enrichcouplescales35": ("enrich_couple_scales_35",),
    "enrichcouplescales": ("enrich_couple_scales_35",),
    "enrich": ("enrich_ems_15", "enrich_couple_scales_35"),
    "csi32": ("csi_32",), "csi16": ("csi_16",), "csi4": ("csi_4",), "csi": _CSI,
    "qmi6": ("qmi_6",), "qmi": ("qmi_6",),
    "rds8": ("rds_8",), "ras7": ("ras_7",), "rq9": ("rq_9",),
    "pam20": ("pam_20",), "pam": ("pam_20",),
    "crs35": ("crs_35",), "crs14": ("crs_brief_14",), "crsbrief14": ("crs_brief_14",),
    "crsbrief": ("crs_brief_14",), "briefcrs": ("crs_brief_14",),
    "crs": ("crs_35", "crs_brief_14"),
    "ahronsqccs10": ("ahrons_qccs_10",), "ahronsqccs": ("ahrons_qccs_10",),
    "qccs10": ("ahrons_qccs_10",), "qccs": ("ahrons_qccs_10",),
    "ops10": ("ops_10",), "ppc16": ("ppc_16",),
    "cpic48": ("cpic_48",), "cpic": ("cpic_48",),
    "acrimony25": ("acrimony_25",), "acrimonyscale": ("acrimony_25",),
    "acrimony": ("acrimony_25",),
    "parentalstressscale18": ("parental_stress_scale_18",),
    "parentalstressscale": ("parental_stress_scale_18",),
    "pss18": ("parental_stress_scale_18",),
    "parentingscale30": ("parenting_scale_30",), "parentingscale": ("parenting_scale_30",),
    "coreom34": ("core_om",), "coreom": ("core_om",), "core34": ("core_om",),
    "core10": ("core_10",), "core5": ("core_5",), "core6d": ("core_6d",),
    "coresfa": ("core_sf_a",), "coresfb": ("core_sf_b",), "core": _CORE,
    "gpcore": ("gp_core",), "ypcore": ("yp_core",),
    "hads14": ("hads",), "hads": ("hads",),
    "wemwbs14": ("wemwbs",), "wemwbs": ("wemwbs", "swemwbs"),
    "swemwbs7": ("swemwbs",), "swemwbs": ("swemwbs",), "shortwemwbs": ("swemwbs",),
    "sdqparent417": ("sdq_parent_4_17",), "sdqparent": ("sdq_parent_4_17", "sdq_2_4"),
    "sdqteacher417": ("sdq_teacher_4_17",), "sdqteacher": ("sdq_teacher_4_17", "sdq_2_4"),
    "sdqself1117": ("sdq_self_11_17",), "sdqself": ("sdq_self_11_17",),
    "sdq24": ("sdq_2_4",), "sdq": _SDQ,
}  # fmt: skip

# questionnaire -> short names of its scores in a header -> scale
SCALE_ALIASES: dict[str, dict[str, str]] = {
    "hads": {"a": "anxiety", "d": "depression"},
    "swemwbs": {"metric": "total"},
}
