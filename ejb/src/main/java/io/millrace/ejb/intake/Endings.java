package io.millrace.ejb.intake;

import io.millrace.ejb.audit.CallRecord;
import io.millrace.ejb.audit.GroupWriter;
import io.millrace.ejb.audit.NotRecordedException;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.metrics.CallMetrics;
import io.millrace.ejb.region.Errand;
import io.millrace.ejb.region.Outbound;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** What happens between an answer's last word and the moment when its reader learns that it was the last. Thread-safe. */
final class Endings {

    private static final Logger LOG = System.getLogger(Endings.class.getName());

    private final Outbound regions;
    private final CallMetrics metrics;
    private final Remembering remembering;
    private final GroupWriter trail;
    private final Summaries summaries;

    /** @param summaries null: none are made */
    Endings(Outbound regions, CallMetrics metrics, Remembering remembering, GroupWriter trail, Summaries summaries) {
        this.summaries = summaries;
        this.regions = regions;
        this.metrics = metrics;
        this.remembering = remembering;
        this.trail = trail;
    }

    /**
     * The key's quota is settled, the turn of a conversation kept, the call recorded, in this order; then its reader is told.
     *
     * @param errand null where only the engine in this process could make it
     */
    void ended(Answer answer, GenerationRequest request, Arrival arrival, Errand errand) {
        if (errand != null) {
            regions.ended(errand);
        }
        arrival.allowance().settle(answer);
        CallRecord record = arrival.ended(request, answer, errand == null ? null : errand.routeJson());
        metrics.ended(record);
        remembering.keep(arrival, answer).whenComplete((_, failure) -> {
            if (failure != null) {
                LOG.log(Level.ERROR, "The conversation of call " + answer.callId() + " could not be kept", failure);
            } else if (summaries != null && arrival.session() != null) {
                summaries.kept(request, arrival.session());
            }
            trail.record(record, failure == null ? answer::finish : () -> answer.flow().broken(Remembering.notKept()),
                    e -> notRecorded(e, answer, arrival));
        });
    }

    private static void notRecorded(Exception e, Answer answer, Arrival arrival) {
        if (arrival.inherited() && e instanceof NotRecordedException not && not.reason() == NotRecordedException.Reason.REFUSED_BY_DATABASE) {
            // its first node died between recording it and telling the others
            answer.finish();
            return;
        }
        answer.flow().broken(new Refusal(Reason.AUDIT_UNAVAILABLE,
                "The answer is complete but could not be recorded, so it is withheld; try again later.", null, 5));
    }
}
