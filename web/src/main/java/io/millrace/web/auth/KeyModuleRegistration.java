package io.millrace.web.auth;

import io.millrace.ejb.client.Keys;
import io.millrace.web.WebSettings;
import io.millrace.web.metrics.HttpMetrics;
import jakarta.inject.Inject;
import jakarta.security.auth.message.config.AuthConfigFactory;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.annotation.WebListener;

/** Has the container ask the {@link KeyModule} as long as the application runs. */
@WebListener
public class KeyModuleRegistration implements ServletContextListener {

    @Inject
    private Keys keys;

    @Inject
    private WebSettings settings;

    @Inject
    private HttpMetrics metrics;

    @Override
    public void contextInitialized(ServletContextEvent event) {
        AuthConfigFactory.getFactory().registerServerAuthModule(new KeyModule(keys, settings, metrics), event.getServletContext());
    }

    @Override
    public void contextDestroyed(ServletContextEvent event) {
        AuthConfigFactory.getFactory().removeServerAuthModule(event.getServletContext());
    }
}
