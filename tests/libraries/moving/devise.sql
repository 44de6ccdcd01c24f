-- The table that Devise's generator makes, with :confirmable, :lockable and :trackable, and the types of Rails.
CREATE TABLE users (
  id bigserial PRIMARY KEY,
  email varchar NOT NULL DEFAULT '',
  encrypted_password varchar NOT NULL DEFAULT '',
  reset_password_token varchar,
  reset_password_sent_at timestamp(6),
  remember_created_at timestamp(6),
  sign_in_count integer NOT NULL DEFAULT 0,
  current_sign_in_at timestamp(6),
  last_sign_in_at timestamp(6),
  current_sign_in_ip varchar,
  last_sign_in_ip varchar,
  confirmation_token varchar,
  confirmed_at timestamp(6),
  confirmation_sent_at timestamp(6),
  unconfirmed_email varchar,
  failed_attempts integer NOT NULL DEFAULT 0,
  unlock_token varchar,
  locked_at timestamp(6),
  created_at timestamp(6) NOT NULL,
  updated_at timestamp(6) NOT NULL
);
CREATE UNIQUE INDEX index_users_on_email ON users (email);
INSERT INTO users (email, encrypted_password, confirmed_at, unconfirmed_email, locked_at, created_at, updated_at)
VALUES
  ('bjoern@example.com', '{bjoern@example.com}', '2024-02-01 09:00:00.123456', 'new@example.com', NULL,
    '2024-01-31 22:30:00.654321', now()),
  ('eve@example.com', '{eve@example.com}', NULL, NULL, now(), '2024-03-01 00:00:00', now()),
  ('social@example.com', '', now() AT TIME ZONE 'UTC', NULL, NULL, now() AT TIME ZONE 'UTC', now());
