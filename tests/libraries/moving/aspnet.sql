-- The table of ASP.NET Core Identity, as Entity Framework makes it in PostgreSQL.
CREATE TABLE "AspNetUsers" (
  "Id" text NOT NULL PRIMARY KEY,
  "UserName" varchar(256),
  "NormalizedUserName" varchar(256),
  "Email" varchar(256),
  "NormalizedEmail" varchar(256),
  "EmailConfirmed" boolean NOT NULL,
  "PasswordHash" text,
  "SecurityStamp" text,
  "ConcurrencyStamp" text,
  "PhoneNumber" text,
  "PhoneNumberConfirmed" boolean NOT NULL,
  "TwoFactorEnabled" boolean NOT NULL,
  "LockoutEnd" timestamptz,
  "LockoutEnabled" boolean NOT NULL,
  "AccessFailedCount" integer NOT NULL
);
INSERT INTO "AspNetUsers" ("Id", "UserName", "Email", "EmailConfirmed", "PasswordHash", "PhoneNumberConfirmed",
  "TwoFactorEnabled", "LockoutEnd", "LockoutEnabled", "AccessFailedCount")
VALUES
  ('7b1c0e0e-0000-4000-8000-000000000001', 'ada@example.com', 'ada@example.com', true, '{ada@example.com}', false, true,
    NULL, true, 0),
  ('7b1c0e0e-0000-4000-8000-000000000002', 'bjoern@example.com', 'bjoern@example.com', false, '{bjoern@example.com}',
    false, false, now() + interval '5 minutes', true, 5),
  ('7b1c0e0e-0000-4000-8000-000000000003', 'dora@example.com', 'dora@example.com', true, '{dora@example.com}', false,
    false, '2020-01-01', true, 0),
  ('7b1c0e0e-0000-4000-8000-000000000004', 'social@example.com', 'social@example.com', true, NULL, false, false, NULL,
    true, 0),
  ('7b1c0e0e-0000-4000-8000-000000000005', 'banned@example.com', 'banned@example.com', true, '{banned@example.com}',
    false, false, '9999-12-31 23:59:59Z', true, 0),
  ('7b1c0e0e-0000-4000-8000-000000000006', 'banned2@example.com', 'banned2@example.com', true, '{banned2@example.com}',
    false, false, 'infinity', true, 0);
