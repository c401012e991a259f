-- What filters compute.

-- +goose Up
-- arithmetic computes as filters do: what is too large or too small for a number,
-- or divided by zero, is unknown.
-- +goose StatementBegin
CREATE FUNCTION oxus.arithmetic(op text, a double precision, b double precision) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN CASE op
        WHEN '+' THEN a + b
        WHEN '-' THEN a - b
        WHEN '*' THEN a * b
        WHEN '/' THEN a / b
        WHEN '^' THEN a ^ b
        WHEN 'div' THEN trunc(a / b)
        WHEN '%' THEN a - b * trunc(a / b)
    END;
EXCEPTION WHEN numeric_value_out_of_range OR division_by_zero OR invalid_argument_for_power_function THEN
    RETURN NULL;
END
$$;
-- +goose StatementEnd
