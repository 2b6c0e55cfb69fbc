# The seconds that an R package takes for a step, printed on the last line.
# Rscript in_r.R clinicalsignificance|metafor|lme4 table.csv
given <- commandArgs(trailingOnly = TRUE)
table <- read.csv(given[2])
taken <- switch(given[1],
  clinicalsignificance = {
    library(clinicalsignificance)
    system.time(cs_combined(
      table, id = id, time = time, outcome = outcome, pre = "pre", post = "post",
      reliability = 0.88, m_functional = 5, sd_functional = 4, better_is = "lower",
      cutoff_type = "c"
    ))
  },
  metafor = {
    library(metafor)
    system.time(for (one in split(table, table$measure)) {
      rma(yi = y, vi = v, data = one, method = "REML", test = "knha")
    })
  },
  lme4 = {
    library(lme4)
    system.time(lmer(score ~ wave + (1 | couple / participant), data = table))
  }
)
cat(taken[["elapsed"]], "\n")
