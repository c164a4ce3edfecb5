-- What checks ask of tables whose rows they may not read: numbers, never a value. The functions run as the owner of the
-- tables, who is the role of the service's migrations; data_auditor may call them and has no other right in the database.
-- Names come as arguments and are quoted; nobody can put a search path of their own beneath the functions.

-- Whether twelve digits are a My Number: the last one checks the others (Order of the Ministry 2014-85, art. 5).
CREATE FUNCTION is_my_number(digits text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
RETURN (
    SELECT CASE WHEN total % 11 <= 1 THEN 0 ELSE 11 - total % 11 END = substr(digits, 12, 1)::integer
    FROM (SELECT sum(substr(digits, 12 - n, 1)::integer * CASE WHEN n <= 6 THEN n + 1 ELSE n - 5 END) AS total
          FROM generate_series(1, 11) n) AS weighed
);

-- Columns of a table that can hold a My Number, of a sample of its rows: values read, and values in which one stands.
-- Runs of one digit are none.
CREATE FUNCTION my_numbers(of_schema name, of_table name, sample integer)
RETURNS TABLE (name text, sampled bigint, found bigint) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_column name;
BEGIN
    FOR of_column IN
        SELECT attname FROM pg_attribute
        WHERE attrelid = format('%I.%I', of_schema, of_table)::regclass AND attnum > 0 AND NOT attisdropped
          AND format_type(atttypid, NULL) IN ('text', 'character varying', 'character', 'json', 'jsonb', 'bigint', 'numeric')
        ORDER BY attnum
    LOOP
        RETURN QUERY EXECUTE format(
            'SELECT %1$L::text, count(value), count(*) FILTER (WHERE value ~ ''[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}'' AND EXISTS (
                 SELECT FROM regexp_matches(value, ''(?<![0-9A-Za-z-])([0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4})(?![0-9A-Za-z-])'', ''g'') hit,
                             translate(hit[1], '' -'', '''') digits
                 WHERE digits !~ ''^([0-9])\1+$'' AND data_protection.is_my_number(digits)))
             FROM (SELECT %1$I::text AS value FROM %2$I.%3$I LIMIT %4$s) AS those', of_column, of_schema, of_table, sample);
    END LOOP;
END $$;

-- Rows of a table, and those in which a column is NULL.
CREATE FUNCTION missing(of_schema name, of_table name, of_column name)
RETURNS TABLE (total bigint, absent bigint) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT count(*), count(*) FILTER (WHERE %I IS NULL) FROM %I.%I', of_column, of_schema, of_table);
END $$;

-- Values of a sample, and those that hold a mail address outside the domains that belong to nobody (RFC 2606; JPRS's).
CREATE FUNCTION live_mail(of_schema name, of_table name, of_column name, sample integer)
RETURNS TABLE (sampled bigint, live bigint) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT count(*), count(*) FILTER (
             WHERE value ~ ''@'' AND value !~* ''@([a-z0-9-]+[.])*(example([.](jp|com|net|org|co[.]jp))?|test|invalid|localhost)$'')
         FROM (SELECT %1$I::text AS value FROM %2$I.%3$I WHERE %1$I IS NOT NULL LIMIT %4$s) AS those',
        of_column, of_schema, of_table, sample);
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA data_protection FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA data_protection TO data_auditor;
