package io.millrace.web.health;

import io.millrace.ejb.intake.Intake;
import io.millrace.ejb.model.Engines;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** A request sent now would be served; if not, {@code reason} says why. A draining server is not ready. */
@Readiness
@ApplicationScoped
public class Ready implements HealthCheck {

    @Inject
    private Engines engines;

    @Inject
    private Intake intake;

    @Override
    public HealthCheckResponse call() {
        Optional<String> reason = intake.draining() ? Optional.of("draining") : engines.notReadyBecause();
        return reason.map(why -> HealthCheckResponse.named("ready").down().withData("reason", why).build())
                .orElseGet(() -> HealthCheckResponse.up("ready"));
    }
}
