/** How the application makes fingerprints of what it must not keep. */
package io.millrace.ejb.hash;
