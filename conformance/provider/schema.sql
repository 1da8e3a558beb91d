-- One practice in one edition. Times are seconds since 1970; `doc` columns hold JSON. Versions count from 1.
CREATE TABLE IF NOT EXISTS patient (
    id TEXT PRIMARY KEY, nhs TEXT NOT NULL UNIQUE, status TEXT NOT NULL, doc TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1, updated INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS schedule (
    id TEXT PRIMARY KEY, location TEXT NOT NULL, practitioner TEXT, role TEXT NOT NULL, category TEXT,
    start INTEGER NOT NULL, end INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS slot (
    id TEXT PRIMARY KEY, schedule TEXT NOT NULL REFERENCES schedule (id), start INTEGER NOT NULL, end INTEGER NOT NULL,
    status TEXT NOT NULL, channel TEXT NOT NULL, service TEXT NOT NULL, kept TEXT NOT NULL DEFAULT '',
    only_type TEXT NOT NULL DEFAULT '', only_ods TEXT NOT NULL DEFAULT '',
    version INTEGER NOT NULL DEFAULT 1, updated INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS slot_start ON slot (start);
CREATE TABLE IF NOT EXISTS appointment (
    id TEXT PRIMARY KEY, patient TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    status TEXT NOT NULL, doc TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1, updated INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS appointment_patient ON appointment (patient, start);
CREATE TABLE IF NOT EXISTS appointment_slot (
    appointment TEXT NOT NULL REFERENCES appointment (id), slot TEXT NOT NULL REFERENCES slot (id), place INTEGER NOT NULL,
    PRIMARY KEY (appointment, slot)
);
CREATE INDEX IF NOT EXISTS appointment_slot_slot ON appointment_slot (slot);
