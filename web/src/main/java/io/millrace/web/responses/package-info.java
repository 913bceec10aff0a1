/**
 * OpenAI's responses: answers that belong to a conversation, and can be asked for again.
 *
 * <p>Source: OpenAI's API reference (responses, and the events of their streams). Input and output are text.
 */
package io.millrace.web.responses;
