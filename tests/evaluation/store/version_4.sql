-- A store of schema version 4, as the program of that version made it.
BEGIN TRANSACTION;
CREATE TABLE decision (id INTEGER NOT NULL, import_id INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY
    KEY (id), FOREIGN KEY(import_id) REFERENCES import_batch (id));
CREATE TABLE definition (id INTEGER NOT NULL, instrument VARCHAR(80) NOT NULL, version INTEGER NOT
    NULL, text TEXT NOT NULL, sha256 VARCHAR(64) NOT NULL, created_at DATETIME NOT NULL, active
    BOOLEAN NOT NULL, PRIMARY KEY (id), UNIQUE (instrument, version));
CREATE TABLE import_batch (id INTEGER NOT NULL, imported_at DATETIME NOT NULL, program_version
    VARCHAR(20) NOT NULL, synthetic BOOLEAN NOT NULL, n_new INTEGER NOT NULL, n_same INTEGER NOT
    NULL, n_changed INTEGER NOT NULL, kind VARCHAR(20) DEFAULT 'import' NOT NULL, undoes INTEGER,
    undone_by INTEGER, PRIMARY KEY (id), FOREIGN KEY(undoes) REFERENCES import_batch (id), FOREIGN
    KEY(undone_by) REFERENCES import_batch (id));
INSERT INTO "import_batch" VALUES(1,'2018-01-05 10:00:00.000000','0.1.0',0,2,0,0,'import',NULL,NULL);
INSERT INTO "import_batch" VALUES(2,'2018-01-05 10:00:00.000000','0.1.0',0,0,0,1,'import',NULL,NULL);
CREATE TABLE import_file (id INTEGER NOT NULL, import_id INTEGER NOT NULL, name VARCHAR(255) NOT
    NULL, sha256 VARCHAR(64) NOT NULL, rows_read INTEGER NOT NULL, rows_accepted INTEGER NOT NULL,
    PRIMARY KEY (id), FOREIGN KEY(import_id) REFERENCES import_batch (id));
INSERT INTO "import_file" VALUES(1,1,'P1.csv','501e2631c9955024e19fbfdefdf976f0c1cda33a6c18c9b484a2d82d582a2223',4,4);
INSERT INTO "import_file" VALUES(2,2,'a.csv','ebafdc6e7234b2daeb6acb18c8cfcd5367d087b65bca0ae51aaf9a645be42f2b',1,1);
CREATE TABLE import_site (import_id INTEGER NOT NULL, site VARCHAR(120) NOT NULL, PRIMARY KEY
    (import_id, site), FOREIGN KEY(import_id) REFERENCES import_batch (id));
INSERT INTO "import_site" VALUES(1,'luton');
INSERT INTO "import_site" VALUES(2,'luton');
CREATE TABLE indicator (id INTEGER NOT NULL, import_id INTEGER NOT NULL, superseded_by INTEGER,
    participant_id INTEGER NOT NULL, child VARCHAR(120) NOT NULL, wave VARCHAR(20) NOT NULL,
    indicator VARCHAR(120) NOT NULL, kind VARCHAR(20) NOT NULL, value FLOAT NOT NULL, PRIMARY KEY
    (id), FOREIGN KEY(import_id) REFERENCES import_batch (id), FOREIGN KEY(superseded_by) REFERENCES
    import_batch (id), FOREIGN KEY(participant_id) REFERENCES participant (id));
INSERT INTO "indicator" VALUES(1,1,NULL,1,'','baseline','incidents','count',1.0);
CREATE TABLE mapping (id INTEGER NOT NULL, site VARCHAR(120) NOT NULL, source VARCHAR(255) NOT NULL,
    signature VARCHAR(128) NOT NULL, version INTEGER NOT NULL, text TEXT NOT NULL, sha256
    VARCHAR(64) NOT NULL, import_id INTEGER NOT NULL, created_at DATETIME NOT NULL, active BOOLEAN
    NOT NULL, PRIMARY KEY (id), UNIQUE (site, source, signature, version), FOREIGN KEY(import_id)
    REFERENCES import_batch (id));
INSERT INTO "mapping" VALUES(1,'luton','typed','s',1,'a: 1','16c3c6d78678d53d39ab2c7a5a7bc4596567b46a1a57000a2d707334f779b824',1,'2018-01-05 10:00:00.000000',1);
CREATE TABLE meta ("key" VARCHAR(40) NOT NULL, value VARCHAR(200) NOT NULL, PRIMARY KEY ("key"));
INSERT INTO "meta" VALUES('schema_version','4');
CREATE TABLE participant (id INTEGER NOT NULL, site_id INTEGER NOT NULL, code VARCHAR(120) NOT NULL,
    couple VARCHAR(120) NOT NULL, role VARCHAR(60) NOT NULL, characteristics TEXT NOT NULL,
    import_id INTEGER, PRIMARY KEY (id), UNIQUE (site_id, code), FOREIGN KEY(site_id) REFERENCES
    site (id), FOREIGN KEY(import_id) REFERENCES import_batch (id));
INSERT INTO "participant" VALUES(1,9,'P1','C1','father','{}',1);
INSERT INTO "participant" VALUES(2,9,'P2','C1','','{}',1);
CREATE TABLE participant_change (id INTEGER NOT NULL, import_id INTEGER NOT NULL, participant_id
    INTEGER NOT NULL, "before" TEXT NOT NULL, "after" TEXT NOT NULL, PRIMARY KEY (id), FOREIGN
    KEY(import_id) REFERENCES import_batch (id), FOREIGN KEY(participant_id) REFERENCES participant
    (id));
INSERT INTO "participant_change" VALUES(1,2,1,'{"role": "mother"}','{"role": "father"}');
CREATE TABLE problem (id INTEGER NOT NULL, import_id INTEGER NOT NULL, code VARCHAR(60) NOT NULL,
    severity VARCHAR(20) NOT NULL, message TEXT NOT NULL, fix TEXT NOT NULL, file VARCHAR(255) NOT
    NULL, sheet VARCHAR(255) NOT NULL, cell VARCHAR(20) NOT NULL, "row" INTEGER, "column"
    VARCHAR(10) NOT NULL, value TEXT NOT NULL, PRIMARY KEY (id), FOREIGN KEY(import_id) REFERENCES
    import_batch (id));
INSERT INTO "problem" VALUES(1,1,'answer_not_allowed','drop_cell','Participant ''P1'' has 9 here.','Correct it.','P1.csv','','B2',2,'B','9');
CREATE TABLE response (id INTEGER NOT NULL, import_id INTEGER NOT NULL, superseded_by INTEGER,
    participant_id INTEGER NOT NULL, child VARCHAR(120) NOT NULL, informant VARCHAR(60) NOT NULL,
    wave VARCHAR(20) NOT NULL, session_number INTEGER NOT NULL, completed_on DATE, mode VARCHAR(60)
    NOT NULL, administered_by_role VARCHAR(60) NOT NULL, instrument VARCHAR(80) NOT NULL, answers
    TEXT NOT NULL, supplied TEXT NOT NULL, definition_version INTEGER, reasons TEXT DEFAULT '{}' NOT
    NULL, PRIMARY KEY (id), FOREIGN KEY(import_id) REFERENCES import_batch (id), FOREIGN
    KEY(superseded_by) REFERENCES import_batch (id), FOREIGN KEY(participant_id) REFERENCES
    participant (id));
INSERT INTO "response" VALUES(1,1,2,1,'','','baseline',0,NULL,'','','phq9','{"1": 1.0}','{}',NULL,'{}');
INSERT INTO "response" VALUES(2,1,NULL,2,'','','baseline',0,NULL,'','','phq9','{"1": 2.0}','{}',NULL,'{}');
INSERT INTO "response" VALUES(3,2,NULL,1,'','','baseline',0,'2017-01-05','','','phq9','{"1": 3.0}','{}',NULL,'{}');
CREATE TABLE service_use (id INTEGER NOT NULL, import_id INTEGER NOT NULL, superseded_by INTEGER,
    participant_id INTEGER NOT NULL, content TEXT NOT NULL, PRIMARY KEY (id), FOREIGN KEY(import_id)
    REFERENCES import_batch (id), FOREIGN KEY(superseded_by) REFERENCES import_batch (id), FOREIGN
    KEY(participant_id) REFERENCES participant (id));
INSERT INTO "service_use" VALUES(1,1,NULL,1,'{"took_up": true}');
CREATE TABLE site (id INTEGER NOT NULL, slug VARCHAR(120) NOT NULL, name VARCHAR(120) NOT NULL,
    import_id INTEGER, PRIMARY KEY (id), UNIQUE (slug), FOREIGN KEY(import_id) REFERENCES
    import_batch (id));
INSERT INTO "site" VALUES(9,'luton','Luton',NULL);
CREATE INDEX ix_import_file_import_id ON import_file (import_id);
CREATE INDEX ix_import_file_sha256 ON import_file (sha256);
CREATE INDEX ix_mapping_import_id ON mapping (import_id);
CREATE INDEX ix_decision_import_id ON decision (import_id);
CREATE INDEX ix_problem_import_id ON problem (import_id);
CREATE INDEX ix_participant_change_participant_id ON participant_change (participant_id);
CREATE INDEX ix_participant_change_import_id ON participant_change (import_id);
CREATE INDEX ix_response_import_id ON response (import_id);
CREATE INDEX response_current ON response (superseded_by, participant_id);
CREATE INDEX ix_response_participant_id ON response (participant_id);
CREATE INDEX ix_service_use_participant_id ON service_use (participant_id);
CREATE INDEX ix_service_use_import_id ON service_use (import_id);
CREATE INDEX ix_indicator_import_id ON indicator (import_id);
CREATE INDEX ix_indicator_participant_id ON indicator (participant_id);
COMMIT;
