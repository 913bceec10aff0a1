/** Conversations: what was said in them, where it is kept, and what of it a prompt gets. */
package io.millrace.ejb.context;
