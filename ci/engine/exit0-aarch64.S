// A whole ELF program in 132 bytes that does exit(0): the smallest thing that a
// machine or a container can run. All data, so that any assembler can make it:
//   as -o exit0.o exit0-aarch64.S && objcopy -O binary exit0.o exit0-aarch64
// tests/unit/containers/test_engine_programs.py compares exit0-aarch64 with this file.
        // ELF header
        .byte 0x7f, 0x45, 0x4c, 0x46    // "\x7fELF"
        .byte 2, 1, 1, 0                // 64-bit, little-endian, version 1, System V
        .quad 0
        .short 2, 183                   // ET_EXEC, EM_AARCH64
        .long 1
        .quad 0x400078                  // entry point
        .quad 64, 0                     // program headers follow; no section headers
        .long 0                         // flags
        .short 64, 56, 1, 0, 0, 0       // sizes and counts of headers
        // program header
        .long 1, 5                      // PT_LOAD, readable and executable
        .quad 0, 0x400000, 0x400000     // offset, virtual and physical address
        .quad 132, 132, 0x10000         // size in file and memory, alignment (64K pages)
        // code
        .long 0xd2800000                // mov x0, #0
        .long 0xd2800ba8                // mov x8, #93 (exit)
        .long 0xd4000001                // svc #0
