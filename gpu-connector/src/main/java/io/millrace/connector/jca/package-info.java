/**
 * The Connectors 2.1 contracts around engines and servers, and nothing else: life cycle, pooled connections, events
 * inbound.
 */
package io.millrace.connector.jca;
