/** What lies on disk is sealed here: nobody reads or changes it without the key. */
package io.millrace.ejb.vault;
