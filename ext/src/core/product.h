/* One matrix product C = A B, where A is n x k, B is k x m and C is n x m.
 *
 * Nothing here knows of Python or NumPy objects, so it may run without the GIL.
 * Strides are in bytes and may be negative or zero. Every operand must be aligned
 * and in native byte order.
 */
#ifndef NPWHEEL_PRODUCT_H
#define NPWHEEL_PRODUCT_H

#include <stddef.h>

typedef ptrdiff_t stride; /* bytes, or a length: the same type as npy_intp */

enum element { FLOAT32, FLOAT64, COMPLEX64, COMPLEX128, ELEMENT_TYPES };

typedef struct {
    stride row, col;
} strides2;

/* What BLAS is told about one operand. */
typedef struct {
    int transposed; /* column-major, BLAS reads it as its transpose */
    int ld;         /* elements from one row (column if transposed) to the next */
} layout;

/* A contiguous copy of an operand whose strides BLAS cannot take. */
typedef struct {
    char *scratch;    /* NULL: no copy needed */
    const char *from; /* what scratch holds now: a broadcast operand is copied once */
    stride rows, cols;
    strides2 strides; /* of the original */
} copied;

typedef struct product product;
typedef void product_kernel(const product *p, const char *a, const char *b, char *c);

struct product {
    enum element type;
    stride n, k, m;
    strides2 a, b, c; /* what the kernel sees */
    product_kernel *kernel;
    layout a_layout, b_layout, c_layout;
    copied a_copy, b_copy;
};

/* Can C be written directly, given its strides? If not, the caller finds another C. */
int product_can_write(enum element type, stride n, stride m, strides2 c);

enum product_status { PRODUCT_OK, PRODUCT_NO_MEMORY, PRODUCT_BEYOND_BLAS };

/* Chooses the kernel and allocates scratch, once for a whole stack of products. The
 * caller has set type, n, k, m (all > 0), a, b and c, and zeroed the rest; c is such
 * that product_can_write. product_free is to be called whatever is returned. */
enum product_status product_prepare(product *p);
void product_run(product *p, const char *a, const char *b, char *c);
void product_free(product *p);

#endif
