package io.millrace.web.responses;

import io.millrace.ejb.context.Paper;
import java.util.Map;

/**
 * What a request says of its response beside the question; most of it stands in the response's object again.
 *
 * @param store           whether the response is kept
 * @param instructions    null: none
 * @param previous        the response that it goes on from; null: none
 * @param conversation    as the client called it; null: none
 * @param maxOutputTokens 0: as many as fit
 * @param user            null: none
 * @param safety          OpenAI's newer name for the user; null: none
 * @param tier            service tier; null: none asked for
 */
record Wanted(boolean store, String instructions, Map<String, String> metadata, Paper previous, String conversation,
              int maxOutputTokens, float temperature, float topP, boolean json, String user, String safety, String tier) {}
