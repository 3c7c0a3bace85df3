// A whole ELF program in 96 bytes that does exit(0): the smallest thing that a
// machine or a container can run. All data, so that any assembler can make it:
//   as -o exit0.o exit0-armv7l.S && objcopy -O binary exit0.o exit0-armv7l
// tests/unit/containers/test_engine_programs.py compares exit0-armv7l with this file.
        // ELF header
        .byte 0x7f, 0x45, 0x4c, 0x46    // "\x7fELF"
        .byte 1, 1, 1, 0                // 32-bit, little-endian, version 1, System V
        .quad 0
        .short 2, 40                    // ET_EXEC, EM_ARM
        .long 1
        .long 0x10054                   // entry point
        .long 52, 0                     // program headers follow; no section headers
        .long 0x05000400                // flags: EABI 5, hard float
        .short 52, 32, 1, 0, 0, 0       // sizes and counts of headers
        // program header
        .long 1, 0                      // PT_LOAD, offset
        .long 0x10000, 0x10000          // virtual and physical address
        .long 96, 96, 5, 0x10000        // size in file and memory, readable and executable, 64K pages
        // code
        .long 0xe3a00000                // mov r0, #0
        .long 0xe3a07001                // mov r7, #1 (exit)
        .long 0xef000000                // svc #0
