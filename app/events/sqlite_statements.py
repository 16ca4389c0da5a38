"""The SQL of the events in a SQLite file.

Of a lane only the oldest pending event has a time at which it is due; those behind it wait with none. A claim moves
that time to the end of its lease, so that an event of a process that died is due again by itself.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS event_subscriptions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    content BLOB NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    failing_since REAL,
    last_sequence INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS event_subscriptions_by_account ON event_subscriptions (account);
CREATE TABLE IF NOT EXISTS events (
    subscription TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    lane TEXT NOT NULL,
    content BLOB NOT NULL,
    received REAL NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due REAL,
    http_status INTEGER,
    error TEXT,
    changed REAL,
    owner TEXT,
    PRIMARY KEY (subscription, sequence)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS events_by_id ON events (subscription, id);
CREATE INDEX IF NOT EXISTS events_by_age ON events (received) WHERE state <> 'pending';
CREATE INDEX IF NOT EXISTS events_due ON events (subscription, due) WHERE state = 'pending' AND due IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_in_lanes ON events (subscription, lane, sequence) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS event_nonces (
    subscription TEXT NOT NULL,
    nonce TEXT NOT NULL,
    seen REAL NOT NULL,
    PRIMARY KEY (subscription, nonce)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS event_nonces_by_age ON event_nonces (seen);
CREATE TABLE IF NOT EXISTS event_replays (
    name TEXT NOT NULL PRIMARY KEY,
    asked TEXT NOT NULL,
    count INTEGER NOT NULL,
    until REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS event_replays_by_age ON event_replays (until);
"""

SUBSCRIPTION = "SELECT id, account, content, state, reason, failing_since FROM event_subscriptions"
EVENT = """
SELECT subscription, sequence, id, type, lane, content, received, state, attempts, due, http_status, error, changed
FROM events
"""
READ = f"""
{EVENT} WHERE subscription = :subscription AND sequence > :after
AND (:types IS NULL OR type IN (SELECT value FROM json_each(:types)))
AND (:states IS NULL OR state IN (SELECT value FROM json_each(:states)))
ORDER BY sequence LIMIT :limit
"""  # noqa: S608  # made of constants
DUE = f"{EVENT} WHERE subscription = ? AND state = 'pending' AND due <= ? ORDER BY due, sequence LIMIT ?"
INSERT = """
INSERT INTO events (subscription, sequence, id, type, lane, content, received, state, due)
VALUES (:subscription, :sequence, :id, :type, :lane, :content, :now, :state,
    CASE WHEN :state = 'pending' AND NOT EXISTS (
        SELECT 1 FROM events WHERE subscription = :subscription AND lane = :lane AND state = 'pending'
    ) THEN :now END)
"""
# The oldest of a lane becomes due, unless it is already.
WAKE = """
UPDATE events SET due = :now WHERE subscription = :subscription AND state = 'pending' AND due IS NULL AND sequence = (
    SELECT min(sequence) FROM events WHERE subscription = :subscription AND lane = :lane AND state = 'pending'
)
"""
WAKE_ALL = """
UPDATE events SET due = :now WHERE subscription = :subscription AND state = 'pending' AND due IS NULL AND NOT EXISTS (
    SELECT 1 FROM events AS older WHERE older.subscription = events.subscription AND older.lane = events.lane
    AND older.state = 'pending' AND older.sequence < events.sequence
)
"""
STOP = "UPDATE event_subscriptions SET state = :state, reason = :reason WHERE id = :subscription AND state = 'active'"
BURY = """
UPDATE events SET state = 'dead', due = NULL, owner = NULL, error = coalesce(error, :reason)
WHERE subscription = :subscription AND state = 'pending'
"""
REPLAY = """
UPDATE events SET state = 'pending', attempts = 0, due = NULL, owner = NULL, error = NULL
WHERE subscription = :subscription AND state <> 'pending' AND CASE
    WHEN :event IS NOT NULL THEN id = :event WHEN :since IS NOT NULL THEN received >= :since ELSE state = 'dead' END
"""
# What waits for its next attempt waits behind what was put before it; what is under way is left to end.
PARK = """
UPDATE events SET due = NULL WHERE subscription = :subscription AND state = 'pending' AND due IS NOT NULL
AND owner IS NULL AND EXISTS (
    SELECT 1 FROM events AS older WHERE older.subscription = events.subscription AND older.lane = events.lane
    AND older.state = 'pending' AND older.sequence < events.sequence
)
"""
WITH_DUE = f"""
{SUBSCRIPTION} WHERE state = 'active' AND EXISTS (
    SELECT 1 FROM events WHERE subscription = event_subscriptions.id AND state = 'pending' AND due <= :now
)
"""  # noqa: S608  # made of constants
NEXT_DUE = """
SELECT min(due) FROM events WHERE state = 'pending' AND due > :now
AND subscription IN (SELECT id FROM event_subscriptions WHERE state = 'active')
"""
_OWNED = "subscription = :subscription AND sequence = :sequence AND owner = :owner AND state = 'pending'"
DELIVERED = f"""
UPDATE events SET state = 'delivered', attempts = attempts + 1, due = NULL, owner = NULL, http_status = :http_status,
    error = NULL, changed = :now WHERE {_OWNED}
"""  # noqa: S608  # made of constants
FAILED = f"""
UPDATE events SET state = iif(:again IS NULL, 'dead', 'pending'), attempts = attempts + 1, owner = NULL,
    due = iif(EXISTS (
        SELECT 1 FROM events AS older WHERE older.subscription = :subscription AND older.lane = :lane
        AND older.state = 'pending' AND older.sequence < :sequence
    ), NULL, :again), http_status = :http_status, error = :error, changed = :now WHERE {_OWNED}
"""  # noqa: S608  # made of constants
