/** What the operator does over HTTP, with the token of {@code operator.token}: keys, models, drain. */
package io.millrace.web.admin;
