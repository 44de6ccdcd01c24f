-- The table of GoTrue, without the columns of tokens and of their times.
CREATE SCHEMA auth;
CREATE TABLE auth.users (
  instance_id uuid,
  id uuid PRIMARY KEY,
  aud varchar(255),
  role varchar(255),
  email varchar(255),
  encrypted_password varchar(255),
  email_confirmed_at timestamptz,
  last_sign_in_at timestamptz,
  raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  is_super_admin boolean,
  created_at timestamptz,
  updated_at timestamptz,
  phone text UNIQUE,
  phone_confirmed_at timestamptz,
  banned_until timestamptz,
  is_sso_user boolean NOT NULL DEFAULT false,
  deleted_at timestamptz,
  is_anonymous boolean NOT NULL DEFAULT false
);
INSERT INTO auth.users (id, aud, role, email, encrypted_password, email_confirmed_at, raw_user_meta_data, created_at,
  phone, banned_until, is_sso_user, deleted_at, is_anonymous)
VALUES
  ('00000000-0000-4000-8000-000000000001', 'authenticated', 'authenticated', 'bjoern@example.com',
    '{bjoern@example.com}', '2024-02-01 10:00:00.5+01', '{"name": "Bjoern \"B\", the first"}',
    '2024-01-31 23:30:00+01', NULL, '2020-01-01', false, NULL, false),
  ('00000000-0000-4000-8000-000000000002', 'authenticated', 'authenticated', 'eve@example.com', '{eve@example.com}',
    NULL, '{"full_name": "Eve"}', '2024-03-01 00:00:00Z', NULL, NULL, false, NULL, false),
  ('00000000-0000-4000-8000-000000000003', 'authenticated', 'authenticated', 'social@example.com', '', now(), '{}',
    now(), NULL, NULL, false, NULL, false),
  ('00000000-0000-4000-8000-000000000004', 'authenticated', 'authenticated', 'banned@example.com',
    '{banned@example.com}', now(), NULL, now(), NULL, now() + interval '100 years', false, NULL, false),
  ('00000000-0000-4000-8000-000000000005', 'authenticated', 'authenticated', NULL, NULL, NULL, NULL, now(), NULL,
    NULL, false, NULL, true),
  ('00000000-0000-4000-8000-000000000006', 'authenticated', 'authenticated', 'deleted@example.com', NULL, NULL, NULL,
    now(), NULL, NULL, false, now(), false),
  ('00000000-0000-4000-8000-000000000007', 'authenticated', 'authenticated', 'bjoern@example.com', NULL, now(), NULL,
    now(), NULL, NULL, true, NULL, false),
  ('00000000-0000-4000-8000-000000000008', 'authenticated', 'authenticated', NULL, '', NULL, NULL, now(),
    '4915112345678', NULL, false, NULL, false);
