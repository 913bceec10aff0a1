/**
 * The Connectors 2.1 contracts around the engines, and nothing else: life cycle, pooled connections, events inbound.
 */
package io.millrace.connector.jca;
