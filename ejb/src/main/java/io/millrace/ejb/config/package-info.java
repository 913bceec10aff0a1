/** Where the application gets its settings from: inject {@code Configuration}. */
package io.millrace.ejb.config;
