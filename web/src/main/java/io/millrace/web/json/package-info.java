/** JSON in and out: strict reading with the offending field named, and writing without object mapping. */
package io.millrace.web.json;
