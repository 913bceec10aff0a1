package io.millrace.persistence;

import java.sql.SQLException;
import java.util.Optional;
import org.hibernate.PropertyValueException;

/** Whose fault it is that a transaction failed. */
public enum Fault {
    /** The data's: the same data fails again (SQLSTATE classes 22 and 23, a value missing). */
    DATA,
    /** The database's or the way to it: the same data may well pass later. */
    DATABASE;

    /** Every cause that isn't known to be the data's counts as the database's, so that no record is given up early. */
    public static Fault of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PropertyValueException || cause instanceof SQLException sql && isOfData(sql)) {
                return DATA;
            }
        }
        return DATABASE;
    }

    /** The innermost message, which is the one that says something. */
    public static String reason(Throwable failure) {
        Throwable innermost = failure;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        return Optional.ofNullable(innermost.getMessage()).orElse(innermost.getClass().getSimpleName());
    }

    private static boolean isOfData(SQLException sql) {
        String state = sql.getSQLState();
        return state != null && (state.startsWith("22") || state.startsWith("23"));
    }
}
