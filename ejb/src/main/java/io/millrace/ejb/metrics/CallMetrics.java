package io.millrace.ejb.metrics;
@jakarta.enterprise.context.ApplicationScoped
public class CallMetrics { public void ended(io.millrace.ejb.audit.CallRecord r) { } }
