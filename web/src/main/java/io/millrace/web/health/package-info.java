/** Health checks of MicroProfile: {@code /health/live}, {@code /health/ready}, {@code /health/started}. */
package io.millrace.web.health;
