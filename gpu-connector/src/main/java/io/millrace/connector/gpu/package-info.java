/** NVIDIA devices: what there is, how full and how busy it is. The only place that knows JCuda and NVML. */
package io.millrace.connector.gpu;
