-- The role the bot works as. An installation may have made it before, with a password of its own.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'countermand_runtime') THEN
    CREATE ROLE countermand_runtime NOLOGIN;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

-- So that the owner's own connections can give up their rights (SET ROLE); without it a login of its own is needed.
DO $$
BEGIN
  EXECUTE format('GRANT countermand_runtime TO %I', current_user);
EXCEPTION
  WHEN insufficient_privilege OR invalid_grant_operation THEN NULL;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO countermand_runtime;

-- The only clock that decides anything. now() would be the start of the transaction, before any wait for a lock.
CREATE FUNCTION countermand_now() RETURNS timestamptz
  LANGUAGE sql VOLATILE
  AS $$ SELECT clock_timestamp() $$;

-- Whole microseconds since 1970: exact in both directions, where a JavaScript Date would cut them off.
CREATE FUNCTION micros(at timestamptz) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (extract(epoch FROM at) * 1000000)::bigint;
