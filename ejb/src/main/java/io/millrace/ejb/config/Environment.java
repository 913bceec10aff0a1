package io.millrace.ejb.config;

/** The variables of this process that settings name. No state. */
public final class Environment {

    private Environment() {}

    /** Empty when there is none of that name. */
    public static String variable(String name) {
        String value = System.getenv(name);
        return value == null ? "" : value;
    }
}
