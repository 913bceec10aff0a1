package io.millrace.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.ConsoleHandler;

/** How the server's process logs. */
final class Logs {

    private Logs() {}

    /** Must come before the first logger is made, here and in Payara, which reads the same file again. */
    static void configure(DataFolder folder, boolean toConsole) {
        Path file = folder.payara().resolve("config/logging.properties");
        String handlers = LogFile.class.getName() + (toConsole ? ", " + ConsoleHandler.class.getName() : "");
        try {
            Files.writeString(file, """
                    handlers = %s
                    %s.file = %s
                    java.util.logging.ConsoleHandler.formatter = %s
                    java.util.logging.ConsoleHandler.level = ALL
                    # Payara tells its own story in hundreds of lines; what goes wrong is enough
                    .level = WARNING
                    jakarta.enterprise.web.level = WARNING
                    # old roots among its trusted certificates, each told in forty lines
                    javax.enterprise.system.security.ssl.level = SEVERE
                    # settings without which Hibernate does not work inside an application
                    org.hibernate.orm.deprecation.level = SEVERE
                    io.millrace.level = INFO
                    millrace.level = INFO
                    """.formatted(handlers, LogFile.class.getName(), folder.log(), LogLine.class.getName()));
        } catch (IOException e) {
            throw new Failure("The log's settings can't be written to " + file + " (" + e.getMessage() + ").", e);
        }
        System.setProperty("java.util.logging.config.file", file.toString());
    }
}
