/** Clients that none of us wrote, used as their documentation says. The model is random: its words mean nothing. */
package io.millrace.tests.clients;
