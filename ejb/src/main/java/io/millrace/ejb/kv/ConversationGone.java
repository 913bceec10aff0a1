package io.millrace.ejb.kv;

/**
 * A conversation is no more: the event on which all that was computed of it is let go.
 *
 * @param conversation as {@link io.millrace.ejb.kv.KvStore} knows it
 */
public record ConversationGone(String conversation) {}
