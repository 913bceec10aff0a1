package io.millrace.persistence;

import org.hibernate.type.descriptor.WrapperOptions;
import org.hibernate.type.descriptor.java.JavaType;
import org.hibernate.type.format.FormatMapper;

/**
 * For the JSON and XML columns that there are none of. Without it Hibernate starts whatever JSON and XML libraries the
 * server has, only to map nothing.
 */
public final class NoDocuments implements FormatMapper {
    @Override
    public <T> T fromString(CharSequence text, JavaType<T> type, WrapperOptions options) {
        throw none(type);
    }

    @Override
    public <T> String toString(T value, JavaType<T> type, WrapperOptions options) {
        throw none(type);
    }

    private static UnsupportedOperationException none(JavaType<?> type) {
        return new UnsupportedOperationException("no column holds JSON or XML, so " + type.getTypeName() + " has no mapping");
    }
}
