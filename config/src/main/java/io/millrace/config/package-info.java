package io.millrace.config;
