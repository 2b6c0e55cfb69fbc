# Work the headline numbers of this export out again, and compare.
#
#     Rscript recompute.R [FOLDER]
#
# FOLDER is where scores.csv lies; by default the folder above this file. Base R alone.
#
# Read: scores.csv, participants.csv, codebook.csv and, if it is there, outside_window.csv.
# Compared with: effects.csv and the rows of reliable_change.csv that are in use (method JT).
# Printed: the largest difference of each column. Exit status 0 if none is above 1e-9.

UNIT <- c("site", "participant", "child", "informant", "instrument", "scale")
EFFECTS <- c(
  "n", "n_couples", "n_excluded", "mean_before", "sd_before", "mean_after", "sd_after",
  "raw_change", "improvement", "improvement_low", "improvement_high", "g_pre", "g_pre_low",
  "g_pre_high"
)
CHANGE <- c(
  "n", "rc_points", "cutoff", "recovered", "improved", "unchanged", "deteriorated", "harmed",
  "clinical_at_start"
)
TINY <- 1e-12 # differences of this relative size are rounding error
SAME <- 1e-9

# Every cell as text: no code is taken for a number, and no text for a missing value.
read_text <- function(path) {
  read.csv(path, colClasses = "character", na.strings = character(0), encoding = "UTF-8",
           check.names = FALSE, quote = "\"", comment.char = "")
}

key_of <- function(table, columns) do.call(paste, c(unname(table[columns]), sep = "\u001f"))

# One score for each unit and wave; a session stands in where the start or the end is missing.
waves_in_use <- function(scores) {
  scores <- scores[!is.na(scores$score), ]
  scores$unit <- key_of(scores, UNIT)
  named <- scores[scores$wave != "session", ]
  sessions <- scores[scores$wave == "session", ]
  sessions <- sessions[order(sessions$session_number), ]
  first <- sessions[which(sessions$session_number == 1), ]
  first <- first[!duplicated(first$unit), ]
  last <- sessions[!duplicated(sessions$unit, fromLast = TRUE), ]
  last <- last[!(rownames(last) %in% rownames(first)), ]
  without <- function(rows, wave) {
    rows <- rows[!(rows$unit %in% named$unit[named$wave == wave]), ]
    rows$wave <- rep(wave, nrow(rows))
    rows
  }
  rbind(named, without(first, "baseline"), without(last, "end"))
}

# Everybody with the earlier score; the later one is empty where it does not count.
pairs_of <- function(waves, before, after) {
  start <- waves[waves$wave == before, ]
  end <- waves[waves$wave == after, ]
  found <- match(start$unit, end$unit)
  start$before <- start$score
  start$after <- end$score[found]
  later <- end$completed_on[found]
  disordered <- !is.na(later) & nzchar(later) & nzchar(start$completed_on) &
    later < start$completed_on
  start$after[disordered] <- NA
  start
}

# The people of one row; practitioners are never among parents.
members <- function(rows, site, subgroup) {
  if (site != "ALL") rows <- rows[rows$site == site, ]
  practitioner <- rows$role == "practitioner"
  if (subgroup == "role=practitioner") return(rows[practitioner, ])
  rows <- rows[!practitioner, ]
  if (nzchar(subgroup)) {
    trait <- sub("=.*", "", subgroup)
    value <- substring(subgroup, nchar(trait) + 2)
    rows <- rows[rows[[trait]] %in% c(value, paste0("'", value)), ]
  }
  rows
}

spread <- function(values, rounding) {
  if (length(values) < 2) return(NA_real_)
  found <- sd(values)
  if (found > rounding) found else 0
}

# Square root of G/(G-1) times the sum over couples of their summed influence squared, / n.
clustered_se <- function(influence, couple, rounding) {
  totals <- rowsum(influence, couple)[, 1]
  couples <- length(totals)
  if (couples < 2) return(NA_real_)
  se <- sqrt(couples / (couples - 1) * sum(totals^2)) / length(influence)
  if (se > rounding) se else NA_real_
}

hedges_j <- function(df) {
  if (df <= 1) return(NA_real_)
  exp(lgamma(df / 2) - log(sqrt(df / 2)) - lgamma((df - 1) / 2))
}

effect <- function(rows, better, level) {
  used <- rows[!is.na(rows$after), ]
  n <- nrow(used)
  couples <- length(unique(used$couple_key))
  found <- setNames(rep(NA_real_, length(EFFECTS)), EFFECTS)
  found[c("n", "n_couples", "n_excluded")] <- c(n, couples, nrow(rows) - n)
  if (n == 0) return(found)
  before <- used$before
  after <- used$after
  rounding <- TINY * max(abs(before), abs(after))
  direction <- if (better == "lower") -1 else 1
  x <- direction * (after - before)
  x[abs(x) <= rounding] <- 0
  m <- mean(x)
  s1 <- spread(before, rounding)
  found[c("mean_before", "sd_before", "mean_after", "sd_after", "raw_change")] <-
    c(mean(before), s1, mean(after), spread(after, rounding), direction * m)
  if (better == "neither") return(found)
  t <- if (couples > 1) qt((1 + level) / 2, couples - 1) else NA_real_
  varies <- isTRUE(spread(x, rounding) > 0)
  reach <- t * clustered_se(if (varies) x - m else rep(0, n), used$couple_key, rounding)
  found[c("improvement", "improvement_low", "improvement_high")] <- c(m, m - reach, m + reach)
  if (isTRUE(s1 > 0)) {
    d <- m / s1
    g <- hedges_j(n - 1) * d
    start <- ((before - mean(before)) / s1)^2
    influence <- (x - m) / s1 - d / 2 * (start * n / (n - 1) - 1)
    reach <- t * clustered_se(influence, used$couple_key, TINY)
    found[c("g_pre", "g_pre_low", "g_pre_high")] <- c(g, g - reach, g + reach)
  }
  found
}

side <- function(values, mark) {
  distance <- values - mark
  sign(ifelse(abs(distance) <= 1e-9, 0, distance))
}

# The boundary of the clinical range: its value, and its printed comparison if it has one.
cutoff_of <- function(scale, own_mean, own_sd) {
  rule <- scale$cutoff_rule
  direction <- if (scale$better == "higher") 1 else -1
  if (substr(rule, 1, 1) %in% c("<", ">")) {
    printed <- sub("^([<>]=?).*", "\\1", rule)
    return(list(value = as.numeric(substring(rule, nchar(printed) + 1)), printed = printed))
  }
  own <- scale$clinical_origin == "own"
  clinical <- if (own) c(own_mean, own_sd) else c(scale$clinical_mean, scale$clinical_sd)
  functional <- c(scale$functional_mean, scale$functional_sd)
  total <- clinical[2] + functional[2]
  weighted <- clinical[2] * functional[1] + functional[2] * clinical[1]
  there <- c(
    a = clinical[1] + direction * 2 * clinical[2],
    b = functional[1] - direction * 2 * functional[2],
    c = if (isTRUE(total > 0)) weighted / total else NA_real_
  )
  for (kind in strsplit(rule, ", ", fixed = TRUE)[[1]]) {
    if (!is.na(there[kind])) return(list(value = unname(there[kind]), printed = ""))
  }
  list(value = NA_real_, printed = "")
}

# The five classes of Jacobson and Truax.
classes <- function(rows, scale) {
  used <- rows[!is.na(rows$after), ]
  n <- nrow(used)
  before <- used$before
  after <- used$after
  found <- setNames(rep(NA_real_, length(CHANGE)), CHANGE)
  found["n"] <- n
  if (scale$better == "neither") return(found)
  direction <- if (scale$better == "higher") 1 else -1
  own_mean <- if (n > 1) mean(before) else NA_real_
  own <- if (n < 2) NA_real_ else if (min(before) == max(before)) 0 else sd(before)
  s <- if (scale$sd_origin == "own") own else scale$sd_used
  rel <- scale$reliability_used
  points <- NA_real_
  if (isTRUE(rel > 0 && rel < 1 && s > 0)) {
    points <- qnorm((1 + scale$level) / 2) * sqrt(2) * s * sqrt(1 - rel)
  }
  cutoff <- cutoff_of(scale, own_mean, own)
  found[c("rc_points", "cutoff")] <- c(points, cutoff$value)
  if (is.na(cutoff$value)) {
    clinical <- functional <- ended <- rep(FALSE, n)
  } else if (nzchar(cutoff$printed)) {
    outward <- if (scale$better == "higher") -1 else 1
    least <- if (grepl("=$", cutoff$printed)) 0 else 1
    clinical <- outward * side(before, cutoff$value) >= least
    functional <- !clinical
    ended <- outward * side(after, cutoff$value) < least
  } else {
    clinical <- direction * side(before, cutoff$value) < 0
    functional <- direction * side(before, cutoff$value) > 0
    ended <- direction * side(after, cutoff$value) > 0
  }
  if (!is.na(cutoff$value)) found["clinical_at_start"] <- sum(clinical)
  if (n > 0 && is.na(points)) return(found)
  x <- direction * (after - before)
  limit <- if (is.na(points)) 0 else points
  better <- side(x, limit) > 0
  worse <- side(x, -limit) < 0
  recovered <- better & clinical & ended
  harmed <- worse & functional & !ended
  found[c("improved", "unchanged", "deteriorated")] <-
    c(sum(better & !recovered), sum(!better & !worse), sum(worse & !harmed))
  if (!is.na(cutoff$value)) found[c("recovered", "harmed")] <- c(sum(recovered), sum(harmed))
  found
}

# The largest difference of each column, relative to numbers above 1; empty equals empty.
compare <- function(title, printed, again, columns) {
  largest <- 0
  for (name in columns) {
    theirs <- as.numeric(printed[[name]])
    ours <- vapply(again, function(row) row[[name]], numeric(1))
    apart <- abs(theirs - ours) / pmax(1, abs(theirs))
    apart[is.na(theirs) & is.na(ours)] <- 0
    apart[is.na(theirs) != is.na(ours)] <- Inf
    most <- if (length(apart)) max(apart) else 0
    cat(sprintf("%-16s %-20s %.3g\n", title, name, most))
    largest <- max(largest, most)
  }
  largest
}

folder_of_script <- function() {
  file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  if (length(file)) file.path(dirname(file[1]), "..") else "."
}

given <- commandArgs(TRUE)
folder <- if (length(given)) given[1] else folder_of_script()

scores <- read_text(file.path(folder, "scores.csv"))
scores$score <- as.numeric(scores$score)
scores$session_number <- as.numeric(scores$session_number)
waves <- waves_in_use(scores)
if (file.exists(file.path(folder, "outside_window.csv"))) {
  outside <- read_text(file.path(folder, "outside_window.csv"))
  occasion <- c("site", "participant", "wave")
  waves <- waves[!(key_of(waves, occasion) %in% key_of(outside, occasion)), ]
}
alone <- waves$couple == ""
waves$couple_key <- paste(waves$site, ifelse(alone, paste("person", waves$participant),
                                             paste("couple", waves$couple)), sep = "\u001f")
people <- read_text(file.path(folder, "participants.csv"))
person <- match(key_of(waves, c("site", "participant")), key_of(people, c("site", "participant")))
for (trait in setdiff(names(people), c("site", "participant", "couple"))) {
  waves[[trait]] <- people[[trait]][person]
}
waves$role[is.na(waves$role)] <- ""

codebook <- read_text(file.path(folder, "codebook.csv"))
for (name in c("level", "reliability_used", "sd_used", "clinical_mean", "clinical_sd",
               "functional_mean", "functional_sd")) {
  codebook[[name]] <- as.numeric(codebook[[name]])
}
scales <- split(codebook, key_of(codebook, c("instrument", "scale")))

effects <- read_text(file.path(folder, "effects.csv"))
change <- read_text(file.path(folder, "reliable_change.csv"))
change <- change[change$in_use == "yes", ]
tables <- list()
for (contrast in unique(effects$contrast)) {
  part <- regexpr("_", contrast, fixed = TRUE)
  pairs <- pairs_of(waves, substr(contrast, 1, part - 1), substring(contrast, part + 1))
  tables[[contrast]] <- split(pairs, key_of(pairs, c("instrument", "scale")))
}
rows_of <- function(row) tables[[row$contrast]][[key_of(row, c("instrument", "scale"))]]
scale_of <- function(row) as.list(scales[[key_of(row, c("instrument", "scale"))]][1, ])

again <- lapply(seq_len(nrow(effects)), function(i) {
  row <- effects[i, ]
  scale <- scale_of(row)
  effect(members(rows_of(row), row$site, row$subgroup), scale$better, scale$level)
})
largest <- compare("effects", effects, again, EFFECTS)
again <- lapply(seq_len(nrow(change)), function(i) {
  row <- change[i, ]
  classes(members(rows_of(row), row$site, ""), scale_of(row))
})
largest <- max(largest, compare("reliable_change", change, again, CHANGE))
cat(sprintf("%d rows of effects and %d of reliable change worked out again.\n",
            nrow(effects), nrow(change)))
cat(sprintf("Largest difference: %.3g\n", largest))
quit(status = if (largest <= SAME) 0 else 1)
