package io.millrace.web.health;

import io.millrace.ejb.intake.Intake;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** A request sent now would be served; if not, {@code reason} says why. A draining server is not ready. */
@Readiness
@ApplicationScoped
public class Ready implements HealthCheck {

    @Inject
    private Intake intake;

    @Override
    public HealthCheckResponse call() {
        return intake.notReadyBecause().map(why -> HealthCheckResponse.named("ready").down().withData("reason", why).build())
                .orElseGet(() -> HealthCheckResponse.up("ready"));
    }
}
