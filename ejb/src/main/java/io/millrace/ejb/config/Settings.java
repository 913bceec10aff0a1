package io.millrace.ejb.config;

import io.millrace.config.Configuration;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** The only class of the application that reads settings. */
@Dependent
public class Settings {

    /** Read once; who injects it gets the same one for as long as the application is deployed. */
    @Produces
    @Singleton
    public Configuration configuration() {
        return load();
    }

    /** For the one class that the container makes without injection. */
    public static Configuration load() {
        return Configuration.load(System.getenv(), System.getProperties());
    }
}
