/** Everything that can go wrong with a request, in the words of OpenAI's error object, and each status in one place. */
package io.millrace.web.error;
