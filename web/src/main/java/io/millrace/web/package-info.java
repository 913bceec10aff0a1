/**
 * Translation between HTTP and Millrace's own words: no policy, no state between two requests.
 *
 * <p>A request's way: {@code auth} says who asks, {@code openai} turns JSON into a
 * {@link io.millrace.ejb.intake.GenerationRequest}, {@code http} owns the thread that pulls the answer out of its
 * {@link io.millrace.ejb.flow.Flow} and the socket that it goes to, {@code error} says everything that went wrong in
 * the words of the OpenAI API.
 */
package io.millrace.web;
