package io.millrace.web.health;

import io.millrace.ejb.intake.Intake;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/** A model has answered once; from then on readiness decides. */
@Startup
@ApplicationScoped
public class Started implements HealthCheck {

    @Inject
    private Intake intake;

    private volatile boolean started;

    @Override
    public HealthCheckResponse call() {
        started |= intake.nobodyServesBecause().isEmpty();
        return HealthCheckResponse.named("started").status(started).build();
    }
}
