-- The tables of Lucia 3 in SQLite, with the columns of its guides for passwords and addresses.
CREATE TABLE user (id TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL);
CREATE TABLE session (
  id TEXT NOT NULL PRIMARY KEY,
  expires_at INTEGER NOT NULL,
  user_id TEXT NOT NULL REFERENCES user (id)
);
INSERT INTO user VALUES
  ('aaaaaaaaaaaaaaa1', 'bjoern@example.com', '{bjoern@example.com}'),
  ('aaaaaaaaaaaaaaa2', 'dora@example.com', '{dora@example.com}');
