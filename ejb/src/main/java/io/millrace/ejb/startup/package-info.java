/**
 * What must be there before anything else works: the way to the database, its tables, and transactions on it.
 *
 * <p>A database that is out of reach doesn't stop the deployment. The application then says that it isn't ready, and
 * why, and tries again until the database is there.
 */
package io.millrace.ejb.startup;
