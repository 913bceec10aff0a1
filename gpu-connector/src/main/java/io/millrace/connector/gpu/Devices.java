package io.millrace.connector.gpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jcuda.CudaException;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;

/**
 * The GPUs of this machine, through the CUDA driver API. A machine without a GPU or driver is ordinary: the answer
 * then is an empty list and the reason. Thread-safe.
 */
public final class Devices {

    private static final int NAME_BYTES = 256;

    /**
     * One GPU.
     *
     * @param index       its number in the driver's order
     * @param name        such as {@code NVIDIA H100}
     * @param totalBytes  memory it has
     * @param freeBytes   memory that nobody uses now
     * @param utilisation share of time in which a kernel ran, percent; empty when NVML doesn't say
     */
    public record Device(int index, String name, long totalBytes, long freeBytes, Optional<Integer> utilisation) {}

    /** What a look found; {@code why} says in words why there is nothing, and is empty when there is something. */
    public record Found(List<Device> devices, String why) {}

    private Devices() {}

    /** Looks now. Takes up to a second the first time, while the driver starts. */
    public static Found look() {
        try {
            JCudaDriver.setExceptionsEnabled(true);
            JCudaDriver.cuInit(0);
            int[] count = {0};
            JCudaDriver.cuDeviceGetCount(count);
            List<Device> devices = new ArrayList<>();
            for (int index = 0; index < count[0]; index++) {
                devices.add(device(index));
            }
            return new Found(List.copyOf(devices), devices.isEmpty() ? "the CUDA driver knows no device" : "");
        } catch (CudaException e) {
            return new Found(List.of(), "the CUDA driver answers " + e.getMessage());
        } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
            // the first touch fails with the one, every later touch of the broken class with the other
            return new Found(List.of(), "no CUDA driver is installed");
        }
    }

    private static Device device(int index) {
        CUdevice device = new CUdevice();
        JCudaDriver.cuDeviceGet(device, index);
        byte[] name = new byte[NAME_BYTES];
        JCudaDriver.cuDeviceGetName(name, NAME_BYTES, device);
        long[] free = {0};
        long[] total = {0};
        CUcontext context = new CUcontext();
        JCudaDriver.cuDevicePrimaryCtxRetain(context, device);
        try {
            JCudaDriver.cuCtxPushCurrent(context);
            JCudaDriver.cuMemGetInfo(free, total);
            JCudaDriver.cuCtxPopCurrent(context);
        } finally {
            JCudaDriver.cuDevicePrimaryCtxRelease(device);
        }
        return new Device(index, new String(name, java.nio.charset.StandardCharsets.US_ASCII).split("\0", 2)[0],
                total[0], free[0], Nvml.utilisation(index));
    }
}
